//! Invented words in many scripts. A word is four syllables of 32, so that word and number are the same thing.

/// So many syllables has a word.
const SYLLABLES: u32 = 4;

/// A way of writing.
pub(super) struct Script {
    /// 32 syllables, one after the other, all of as many letters.
    syllables: [&'static str; 32],
    /// Letters of each.
    letters: usize,
    /// Whether a name begins with a capital.
    capitals: bool,
}

impl Script {
    /// The word with this number, below 32 to the fourth.
    pub(super) fn word(&self, number: u32) -> String {
        let syllable = |place: u32| self.syllables[(number >> (5 * place)) as usize % 32];
        let word: String = (0..SYLLABLES).map(syllable).collect();
        if !self.capitals {
            return word;
        }
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// The number of a folded word, if it is one of these.
    pub(super) fn number(&self, word: &str) -> Option<u32> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() != self.letters * SYLLABLES as usize {
            return None;
        }
        let digit = |syllable: &[char]| {
            let same = |known: &&str| known.chars().eq(syllable.iter().copied());
            self.syllables.iter().position(same).and_then(|digit| u32::try_from(digit).ok())
        };
        letters
            .chunks(self.letters)
            .rev()
            .try_fold(0, |number, syllable| Some(number * 32 + digit(syllable)?))
    }
}

pub(super) static LATIN: Script = Script {
    syllables: [
        "ba", "be", "bi", "bo", "da", "de", "do", "ka", "ke", "ko", "la", "le", "li", "lo", "ma", "me", "mi",
        "mo", "na", "ne", "no", "ra", "re", "ri", "ro", "sa", "se", "ta", "te", "to", "va", "ve",
    ],
    letters: 2,
    capitals: true,
};
pub(super) static ACCENTS: Script = Script {
    syllables: [
        "bå", "bé", "ço", "čí", "dö", "ďa", "fø", "ğe", "hõ", "ňa", "jé", "kü", "lá", "łó", "mê", "ná", "ñe",
        "nõ", "ře", "řa", "sí", "šů", "śa", "tå", "ťo", "vë", "wą", "xó", "yé", "žu", "źe", "ðo",
    ],
    letters: 2,
    capitals: true,
};
pub(super) static GREEK: Script = Script {
    syllables: [
        "βα", "γε", "δι", "ζο", "θα", "κε", "λι", "μο", "να", "ξε", "πι", "ρο", "σα", "τε", "φι", "χο", "ψα",
        "βε", "γι", "δο", "ζα", "θε", "κι", "λο", "μα", "νε", "ξι", "πο", "ρα", "σε", "τι", "φο",
    ],
    letters: 2,
    capitals: true,
};
pub(super) static CYRILLIC: Script = Script {
    syllables: [
        "ба", "ве", "ги", "до", "жа", "зе", "ки", "ло", "ма", "не", "пи", "ро", "са", "те", "фи", "хо", "ца",
        "че", "ши", "що", "бо", "ва", "ге", "ди", "жо", "за", "ке", "ли", "мо", "на", "пе", "ри",
    ],
    letters: 2,
    capitals: true,
};
pub(super) static ARABIC: Script = Script {
    syllables: [
        "با", "تو", "ثي", "جا", "حو", "خي", "دا", "ذو", "را", "زو", "سي", "شا", "صو", "ضي", "طا", "ظو", "عي",
        "غا", "فو", "قي", "كا", "لو", "مي", "نا", "هو", "وي", "يا", "بو", "تي", "جو", "دي", "رو",
    ],
    letters: 2,
    capitals: false,
};
pub(super) static HEBREW: Script = Script {
    syllables: [
        "בא", "בו", "בי", "גא", "גו", "גי", "דא", "דו", "די", "הא", "זו", "חי", "טא", "יו", "כי", "לא", "לו",
        "לי", "מא", "מו", "מי", "נא", "נו", "ני", "סא", "עו", "פי", "קא", "רו", "רי", "שא", "תו",
    ],
    letters: 2,
    capitals: false,
};
pub(super) static DEVANAGARI: Script = Script {
    syllables: [
        "का", "खे", "गी", "चो", "जा", "टे", "डी", "तो", "दा", "ने", "पी", "बो", "मा", "ये", "री", "लो", "वा",
        "शे", "सी", "हो", "की", "गा", "चे", "जी", "टो", "डा", "ते", "दी", "नो", "पा", "बे", "मी",
    ],
    letters: 2,
    capitals: false,
};
pub(super) static THAI: Script = Script {
    syllables: [
        "กา", "ขี", "คู", "งา", "จี", "ชู", "ซา", "ดี", "ตู", "ทา", "นี", "บู", "ปา", "ผี", "พู", "มา", "ยี", "รู", "ลา",
        "วี", "สู", "หา", "อี", "กู", "คา", "จา", "ชี", "ดู", "ตา", "ที", "นู", "บา",
    ],
    letters: 2,
    capitals: false,
};
pub(super) static HANGUL: Script = Script {
    syllables: [
        "가", "나", "다", "라", "마", "바", "사", "아", "자", "차", "카", "타", "파", "하", "거", "너", "더",
        "러", "머", "버", "서", "어", "저", "처", "커", "터", "퍼", "허", "고", "노", "도", "로",
    ],
    letters: 1,
    capitals: false,
};
pub(super) static HAN: Script = Script {
    syllables: [
        "東", "西", "南", "北", "山", "川", "田", "中", "村", "本", "木", "林", "森", "石", "井", "上", "下",
        "松", "竹", "梅", "金", "銀", "春", "夏", "秋", "冬", "大", "小", "高", "新", "光", "明",
    ],
    letters: 1,
    capitals: false,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::folding::fold;
    use std::collections::HashSet;

    #[test]
    fn every_script_reads_what_it_writes() {
        let scripts =
            [&LATIN, &ACCENTS, &GREEK, &CYRILLIC, &ARABIC, &HEBREW, &DEVANAGARI, &THAI, &HANGUL, &HAN];
        for script in scripts {
            assert_eq!(script.syllables.iter().collect::<HashSet<_>>().len(), 32);
            assert!(script.syllables.iter().all(|syllable| syllable.chars().count() == script.letters));
            for number in (0..1 << 20).step_by(1013).chain([(1 << 20) - 1]) {
                let word = script.word(number);
                assert_eq!(script.number(&fold(&word)), Some(number), "{word}");
            }
        }
        assert_eq!(LATIN.number("ba"), None);
        assert_eq!(LATIN.number("babababx"), None);
    }
}
