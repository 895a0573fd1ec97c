//! Which lists a company does not have, and why. Pure.

use protocol::import::{ImportFault, List, SkipReason};

use crate::providers::CompanyFacts;

/// How much an edition of QuickBooks Online has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edition {
    /// One currency, no classes, no locations: Simple Start, `EasyStart`, Ledger, Self-Employed.
    Start,
    /// Several currencies as well: Essentials.
    Essentials,
    /// Everything: Plus, Advanced, and whatever is not known to lack something.
    Whole,
}

/// Editions by what their names (`OfferingSku`) contain, in lower case.
const EDITIONS: [(&str, Edition); 6] = [
    ("simple start", Edition::Start),
    ("easystart", Edition::Start),
    ("easy start", Edition::Start),
    ("ledger", Edition::Start),
    ("self-employed", Edition::Start),
    ("essentials", Edition::Essentials),
];

fn edition(sku: Option<&str>) -> Edition {
    let sku = sku.unwrap_or_default().to_lowercase();
    EDITIONS.iter().find(|(name, _)| sku.contains(name)).map_or(Edition::Whole, |(_, edition)| *edition)
}

/// The least edition that has a list, for those that not every one has.
fn least(list: List) -> Option<Edition> {
    match list {
        List::Currencies => Some(Edition::Essentials),
        List::Classes | List::Locations => Some(Edition::Whole),
        _ => None,
    }
}

/// Why a company does not have a list, as far as it says of itself. What it says nothing about is asked for.
pub fn absent(list: List, company: &CompanyFacts) -> Option<SkipReason> {
    if edition(company.edition.as_deref()) < least(list)? {
        return Some(SkipReason::Edition);
    }
    let on = match list {
        List::Currencies => company.settings.multi_currency,
        List::Classes => company.settings.classes,
        List::Locations => company.settings.locations,
        _ => None,
    };
    (on == Some(false)).then_some(SkipReason::SwitchedOff)
}

/// Why a company does not have a list whose statement was refused, where the refusal says just that:
/// 5030, "Feature Not Supported Error". That it is switched off would have been known before.
pub fn refused(list: List, fault: &ImportFault) -> Option<SkipReason> {
    least(list)?;
    (fault.code.as_deref() == Some("5030")).then_some(SkipReason::Edition)
}

#[cfg(test)]
mod tests {
    use protocol::import::ImportCause;
    use protocol::store::CompanySettings;

    use super::*;

    fn company(edition: Option<&str>, on: Option<bool>) -> CompanyFacts {
        CompanyFacts {
            name: "Craig's".to_owned(),
            legal_name: None,
            country: None,
            home_currency: None,
            edition: edition.map(str::to_owned),
            settings: CompanySettings {
                multi_currency: on,
                classes: on,
                locations: on,
                ..CompanySettings::default()
            },
        }
    }

    #[test]
    fn a_list_is_skipped_by_edition_first_and_then_by_preference() {
        use SkipReason::{Edition, SwitchedOff};
        // Edition, preferences; why currencies, classes and locations are not there.
        for (edition, on, reasons) in [
            (Some("QuickBooks Online Plus"), Some(true), [None, None, None]),
            (Some("QuickBooks Online Advanced"), Some(false), [Some(SwitchedOff); 3]),
            (Some("QuickBooks Online Essentials"), Some(true), [None, Some(Edition), Some(Edition)]),
            (
                Some("QuickBooks Online Essentials"),
                Some(false),
                [Some(SwitchedOff), Some(Edition), Some(Edition)],
            ),
            (Some("QuickBooks Online Simple Start"), Some(false), [Some(Edition); 3]),
            (Some("QuickBooks Online EasyStart"), None, [Some(Edition); 3]),
            (Some("QuickBooks Online of 2031"), None, [None, None, None]),
            (None, Some(false), [Some(SwitchedOff); 3]),
            (None, None, [None, None, None]),
        ] {
            let company = company(edition, on);
            let found = [List::Currencies, List::Classes, List::Locations].map(|list| absent(list, &company));
            assert_eq!(found, reasons, "{edition:?} {on:?}");
        }
    }

    #[test]
    fn every_company_has_the_other_lists() {
        let poor = company(Some("QuickBooks Online Simple Start"), Some(false));
        let absent: Vec<List> = List::ALL.into_iter().filter(|list| absent(*list, &poor).is_some()).collect();
        assert_eq!(absent, [List::Currencies, List::Classes, List::Locations]);
    }

    #[test]
    fn a_refusal_skips_only_what_a_company_may_lack() {
        let fault =
            |code: &str| ImportFault { cause: ImportCause::Refused, code: Some(code.into()), trace: None };
        assert_eq!(refused(List::Classes, &fault("5030")), Some(SkipReason::Edition));
        assert_eq!(refused(List::Classes, &fault("4001")), None);
        assert_eq!(refused(List::Customers, &fault("5030")), None);
    }
}
