//! Whatever comes in place of an answer of QuickBooks: nothing makes its readers panic, and what they
//! let through is what it should be (RF-14).

use http::HeaderMap;
use proptest::prelude::*;
use protocol::import::List;

use super::{fault, lists, record};
use crate::damage::damaged;
use crate::providers::ProviderCause;

/// Answers as QuickBooks gives them: pages, a count, and faults in every envelope.
const WHOLE: &[&str] = &[
    r#"{"QueryResponse":{"Customer":[{"Id":"1","SyncToken":"0","DisplayName":"Amy's Bird Sanctuary","Active":true,"Balance":239.00,"PrimaryEmailAddr":{"Address":"Birds@Intuit.com"}},{"Id":"2","DisplayName":"Bill \u00e9"}],"startPosition":1,"maxResults":2},"time":"2015-07-23T10:58:12.099-07:00"}"#,
    r#"{"QueryResponse":{"TaxCode":[{"Id":"3","Name":"Tucson","SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1"}}]}},{"Id":"NON","Name":"NON"}],"TaxRate":[{"Id":"3","Name":"California","RateValue":8}]}}"#,
    r#"{"QueryResponse":{"totalCount":26},"time":"2015-07-23T10:58:12.099-07:00"}"#,
    r#"{"Fault":{"Error":[{"Message":"Invalid query","Detail":"QueryValidationError","code":"4001","element":"x"}],"type":"ValidationFault"},"time":"x"}"#,
    r#"{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"m","detail":null,"code":"3200","element":null}],"type":"AUTHENTICATION"},"time":1730024394085,"cdcresponse":[]}"#,
    r#"<IntuitResponse time="x" xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001"><Message>m</Message></Error></Fault></IntuitResponse>"#,
];

fn assert_sound(body: &[u8]) -> Result<(), TestCaseError> {
    for list in List::ALL {
        if let Some(page) = lists::page(list, body) {
            prop_assert!(page.records.len() <= usize::try_from(page.size).unwrap());
            for record in page.records {
                prop_assert!(record::is_id(&record.id) && !record.name.trim().is_empty());
                prop_assert!(body.windows(record.raw.len()).any(|part| part == record.raw.as_bytes()));
            }
        }
    }
    let _ = lists::count(body);
    Ok(())
}

proptest! {
    #[test]
    fn rf_14_damage_to_an_answer_is_a_fault_or_harmless(body in damaged(WHOLE)) {
        assert_sound(&body)?;
    }

    #[test]
    fn rf_14_bytes_without_sense_are_garbled(body: Vec<u8>) {
        let found = fault::found(200, &HeaderMap::new(), &body).map(|fault| fault.cause);
        prop_assert!(found == Some(ProviderCause::Garbled) || serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        assert_sound(&body)?;
    }

    #[test]
    fn rf_14_a_damaged_fault_is_never_taken_for_success(body in damaged(WHOLE), status in 201u16..600) {
        let found = fault::found(status, &HeaderMap::new(), &body);
        prop_assert!(found.is_some_and(|fault| fault.status == Some(status)));
    }
}
