//! Which of the provider's records a portal record probably is. Pure: candidates in, verdict out.

use protocol::mapping::{MappingState, Reason};

use super::similarity::similarity;
use super::taxes::Tax;

/// A portal record, as far as matching looks at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The portal's id.
    pub id: String,
    /// Normalised name.
    pub matching: String,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Code, folded.
    pub code: Option<String>,
    /// Number at the tax office, for comparing.
    pub tax_key: Option<String>,
    /// Tax rate in basis points.
    pub rate: Option<i64>,
    /// What the name of a tax tells; nothing for other records.
    pub tax: Tax,
}

/// A provider record that has something in common with a [`Wanted`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The provider's id.
    pub id: String,
    /// Normalised name.
    pub matching: String,
    /// E-mail address in lower case.
    pub email: Option<String>,
    /// Number or code, folded.
    pub code: Option<String>,
    /// Number at the tax office, for comparing.
    pub tax_key: Option<String>,
    /// Tax rate in basis points.
    pub rate: Option<i64>,
    /// What the name of a tax code tells; nothing for other records.
    pub tax: Tax,
}

/// What matching says of one portal record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Unmatched, suggested or to be reviewed.
    pub state: MappingState,
    /// The record it probably is.
    pub target: Option<String>,
    /// How sure, 0 to 100.
    pub score: u8,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    fn unmatched() -> Self {
        Self { state: MappingState::Unmatched, target: None, score: 0, reasons: Vec::new() }
    }
}

/// Two candidates closer than this are as good as each other: a person must look.
const MARGIN: u8 = 8;

/// Chooses among candidates. An order of the candidates is not looked at.
pub fn choose(wanted: &Wanted, candidates: &[Candidate]) -> Verdict {
    let mut scored: Vec<(u8, Vec<Reason>, &Candidate)> = candidates
        .iter()
        .map(|candidate| {
            let reasons = reasons(wanted, candidate);
            (score(wanted, candidate, &reasons), reasons, candidate)
        })
        .filter(|(score, _, _)| *score > 0)
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.id.cmp(&b.2.id)));
    scored.dedup_by(|a, b| a.2.id == b.2.id);
    let rival = scored.get(1).map_or(0, |(score, _, _)| *score);
    match scored.into_iter().next() {
        None => Verdict::unmatched(),
        Some((score, reasons, _)) if rival > 0 && score - rival < MARGIN => {
            Verdict { state: MappingState::NeedsReview, target: None, score, reasons }
        }
        Some((score, reasons, best)) => {
            Verdict { state: MappingState::Suggested, target: Some(best.id.clone()), score, reasons }
        }
    }
}

fn reasons(wanted: &Wanted, candidate: &Candidate) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if wanted.email.is_some() && wanted.email == candidate.email {
        reasons.push(Reason::Email);
    }
    if wanted.tax_key.is_some() && wanted.tax_key == candidate.tax_key {
        reasons.push(Reason::TaxNumber);
    }
    if !wanted.matching.is_empty() && wanted.matching == candidate.matching {
        reasons.push(Reason::Name);
    }
    if wanted.code.is_some() && wanted.code == candidate.code {
        reasons.push(Reason::Code);
    }
    let like = wanted.tax.is_like(candidate.tax);
    let is_rate = |rate| candidate.rate == Some(rate) || (like && candidate.tax.has_named(rate));
    if wanted.rate.is_some_and(is_rate) {
        reasons.push(Reason::Rate);
    }
    if like {
        reasons.push(Reason::Kind);
    }
    reasons
}

/// Certainty from the reasons. Kind and rate together make a tax. A rate alone says little, so the
/// likeness of the names decides among equal rates; a different rate makes an equal name doubtful.
fn score(wanted: &Wanted, candidate: &Candidate, reasons: &[Reason]) -> u8 {
    let has = |reason| reasons.contains(&reason);
    if has(Reason::TaxNumber) {
        let more = [Reason::Email, Reason::Name, Reason::Code].into_iter().any(has);
        return if more { 100 } else { 95 };
    }
    let rates_differ = wanted.rate.is_some() && candidate.rate.is_some() && !has(Reason::Rate);
    let base: u8 = match (has(Reason::Email), has(Reason::Name), has(Reason::Code)) {
        (true, true, _) | (_, true, true) | (true, _, true) => 100,
        (true, false, false) => 90,
        (false, true, false) => 85,
        (false, false, true) => 80,
        (false, false, false) if wanted.tax.is_unlike(candidate.tax) => 0,
        (false, false, false) if has(Reason::Kind) && has(Reason::Rate) => {
            return 90 + similarity(&wanted.matching, &candidate.matching) / 12;
        }
        (false, false, false) if has(Reason::Rate) => {
            50 + similarity(&wanted.matching, &candidate.matching) / 4
        }
        (false, false, false) => 0,
    };
    match (base, has(Reason::Rate)) {
        (80.., true) => 100,
        _ if rates_differ => base.saturating_sub(40),
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted(name: &str, email: Option<&str>) -> Wanted {
        Wanted { matching: name.into(), email: email.map(Into::into), ..Wanted::default() }
    }

    fn candidate(id: &str, name: &str, email: Option<&str>) -> Candidate {
        Candidate {
            id: id.into(),
            matching: name.into(),
            email: email.map(Into::into),
            ..Candidate::default()
        }
    }

    fn tax(id: &str, name: &str, rate: i64) -> Candidate {
        Candidate { rate: Some(rate), ..candidate(id, name, None) }
    }

    #[test]
    fn equal_mail_and_name_are_certain() {
        let verdict =
            choose(&wanted("acme", Some("a@b.example")), &[candidate("7", "acme", Some("a@b.example"))]);
        assert_eq!(verdict.target.as_deref(), Some("7"));
        assert_eq!((verdict.score, verdict.reasons), (100, vec![Reason::Email, Reason::Name]));
    }

    #[test]
    fn two_as_good_are_never_linked() {
        let verdict =
            choose(&wanted("acme", None), &[candidate("1", "acme", None), candidate("2", "acme", None)]);
        assert_eq!((verdict.state, verdict.target), (MappingState::NeedsReview, None));
    }

    #[test]
    fn mail_and_name_that_disagree_need_review() {
        let verdict = choose(
            &wanted("acme", Some("a@b.example")),
            &[candidate("1", "other", Some("a@b.example")), candidate("2", "acme", None)],
        );
        assert_eq!(verdict.state, MappingState::NeedsReview);
    }

    #[test]
    fn a_shared_mail_goes_to_the_equal_name() {
        let shared = Some("office@b.example");
        let verdict = choose(
            &wanted("acme", shared),
            &[candidate("1", "acme", shared), candidate("2", "acme depot", shared)],
        );
        assert_eq!((verdict.state, verdict.target.as_deref()), (MappingState::Suggested, Some("1")));
    }

    #[test]
    fn among_equal_rates_the_likest_name_wins() {
        let mut vat = wanted("vat standard 20", None);
        vat.rate = Some(2000);
        let verdict = choose(&vat, &[tax("1", "vat 20 standard", 2000), tax("2", "zz", 2000)]);
        assert_eq!((verdict.state, verdict.target.as_deref()), (MappingState::Suggested, Some("1")));
        let verdict = choose(&vat, &[tax("1", "20 0 s", 2000), tax("2", "20 0 r", 2000)]);
        assert_eq!(verdict.state, MappingState::NeedsReview);
    }

    #[test]
    fn an_equal_name_with_another_rate_is_doubtful() {
        let mut vat = wanted("standard", None);
        vat.rate = Some(2000);
        assert_eq!(choose(&vat, &[tax("1", "standard", 1750)]).score, 45);
    }

    /// The tax codes of a company in the United Kingdom, with the rates that a seller books.
    fn codes() -> Vec<Candidate> {
        let codes = [("20.0% S", 2000), ("5.0% R", 500), ("0.0% Z", 0), ("Exempt", 0), ("No VAT", 0)];
        let reverse = ("20.0% RC", 0);
        let code = |(name, rate): (&str, i64)| Candidate {
            tax: Tax::of(name),
            ..tax(name, &super::super::similarity::normalise(name), rate)
        };
        codes.into_iter().chain([reverse]).map(code).collect()
    }

    fn code_for(name: &str, rate: i64) -> Verdict {
        let matching = super::super::similarity::normalise(name);
        let wanted = Wanted { matching, rate: Some(rate), tax: Tax::of(name), ..Wanted::default() };
        choose(&wanted, &codes())
    }

    #[test]
    fn a_tax_of_one_kind_and_rate_is_suggested_with_confidence() {
        for (name, rate, code) in [
            ("Standard rate 20 %", 2000, "20.0% S"),
            ("Reduced rate 5 %", 500, "5.0% R"),
            ("Zero rated 0 %", 0, "0.0% Z"),
            ("Exempt from VAT", 0, "Exempt"),
            ("Outside the scope of VAT", 0, "No VAT"),
            ("Domestic reverse charge 20 %", 2000, "20.0% RC"),
        ] {
            let verdict = code_for(name, rate);
            assert_eq!(verdict.target.as_deref(), Some(code), "{name}");
            assert!(verdict.score >= 90, "{name}: {}", verdict.score);
            assert_eq!(verdict.reasons, [Reason::Rate, Reason::Kind], "{name}");
        }
    }

    #[test]
    fn a_kind_that_the_company_has_no_code_for_is_not_suggested_another() {
        for (name, rate) in [("EC services 20 %", 2000), ("Hospitality, reduced rate", 1250)] {
            assert_eq!(code_for(name, rate), Verdict::unmatched(), "{name}");
        }
    }

    #[test]
    fn a_tax_of_no_known_kind_is_compared_by_rate_as_before() {
        let verdict = code_for("VAT on sales", 2000);
        assert_eq!((verdict.target.as_deref(), verdict.score < 90), (Some("20.0% S"), true));
    }

    proptest! {
        #[test]
        fn the_order_of_candidates_does_not_matter(
            names in proptest::collection::vec("[ab]{1,2}", 0..6),
            rate in proptest::option::of(0i64..3),
        ) {
            let mut candidates: Vec<Candidate> =
                names.iter().enumerate().map(|(i, name)| tax(&i.to_string(), name, 1)).collect();
            let mut source = wanted("a", None);
            source.rate = rate;
            let there = choose(&source, &candidates);
            candidates.reverse();
            prop_assert_eq!(choose(&source, &candidates), there);
        }

        #[test]
        fn nothing_in_common_is_never_suggested(name in "[a-m]{1,8}", other in "[n-z]{1,8}") {
            let verdict = choose(&wanted(&name, None), &[candidate("1", &other, None)]);
            prop_assert_eq!(verdict.state, MappingState::Unmatched);
        }
    }
}
