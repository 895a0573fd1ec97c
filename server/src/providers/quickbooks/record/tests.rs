//! Objects of each list in Intuit's shapes (facts/quickbooks.md 3.9), and in shapes that nobody promised.

use proptest::prelude::*;

use super::*;

fn read(list: List, raw: &str) -> ImportedRecord {
    record(list, raw).unwrap_or_else(|| panic!("{list:?} {raw}"))
}

#[expect(clippy::unnecessary_wraps, reason = "what it is compared with may be none")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_account_has_its_place_type_and_number() {
    let account = read(
        List::Accounts,
        r#"{"Name":"Fountains and Garden Lighting","SubAccount":true,"ParentRef":{"value":"47","name":"Job Materials"},
            "FullyQualifiedName":"Landscaping Services:Job Materials:Fountains and Garden Lighting","Active":true,
            "Classification":"Revenue","AccountType":"Income","AccountSubType":"SalesOfProductIncome","AcctNum":"4010",
            "CurrentBalance":0,"CurrentBalanceWithSubAccounts":0,"CurrencyRef":{"value":"USD","name":"United States Dollar"},
            "TaxCodeRef":{"value":"6"},"domain":"QBO","sparse":false,"Id":"48","SyncToken":"0"}"#,
    );
    assert_eq!(account.name, "Landscaping Services:Job Materials:Fountains and Garden Lighting");
    assert_eq!(
        (account.number, account.kind, account.detail),
        (some("4010"), some("Income"), some("Income"))
    );
    let facts = RecordFacts {
        parent: some("47"),
        level: 2,
        subtype: some("SalesOfProductIncome"),
        classification: some("Revenue"),
        currency: some("USD"),
        tax_code: some("6"),
        ..RecordFacts::default()
    };
    assert_eq!(account.facts, facts);
}

#[test]
fn a_tax_rate_has_its_dates_and_its_agency() {
    let rate = read(
        List::TaxRates,
        r#"{"Name":"VAT","Active":true,"RateValue":20,"AgencyRef":{"value":"1"},"TaxReturnLineRef":{},
            "SpecialTaxType":"REVERSE_CHARGE","DisplayType":"ReadOnly","EffectiveTaxRate":[
              {"RateValue":17.5,"EffectiveDate":"2010-01-01T00:00:00-08:00","EndDate":"2011-01-03T00:00:00-08:00"},
              {"RateValue":20,"EffectiveDate":"2011-01-04T00:00:00-08:00"},
              {"RateValue":1e309,"EffectiveDate":"2012-01-04T00:00:00-08:00"}],
            "Id":"4","SyncToken":"0"}"#,
    );
    assert_eq!((rate.rate, rate.detail.as_deref()), (Some(2000), Some("20 %")));
    assert_eq!(
        (rate.facts.agency.as_deref(), rate.facts.special.as_deref()),
        (Some("1"), Some("REVERSE_CHARGE"))
    );
    let dated = [
        DatedRate { rate: "17.5".into(), from: some("2010-01-01"), until: some("2011-01-03") },
        DatedRate { rate: "20".into(), from: some("2011-01-04"), until: None },
    ];
    assert_eq!(rate.facts.dated, dated);
    let plain = read(List::TaxRates, r#"{"Name":"AZ","RateValue":8.875,"SpecialTaxType":"NONE","Id":"1"}"#);
    assert_eq!((plain.rate, plain.facts), (Some(888), RecordFacts::default()));
}

#[test]
fn a_tax_code_names_its_rates_on_both_sides() {
    let code = read(
        List::TaxCodes,
        r#"{"Name":"20.0% RC","Description":"Reverse charge","Active":true,"Hidden":false,"Taxable":true,"TaxGroup":true,
            "SalesTaxRateList":{"TaxRateDetail":[]},
            "PurchaseTaxRateList":{"TaxRateDetail":[
              {"TaxRateRef":{"value":"11","name":"20.0% RC (Purchases)"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0},
              {"TaxRateRef":{"value":"12"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0},{"TaxRateRef":{}}]},
            "Id":"5","SyncToken":"0"}"#,
    );
    assert_eq!((code.facts.sales.len(), code.facts.purchases), (0, vec!["11".to_owned(), "12".to_owned()]));
    let built_in = read(
        List::TaxCodes,
        r#"{"Name":"NON","Description":"Non","Taxable":false,"Active":true,"Id":"NON"}"#,
    );
    assert_eq!((built_in.id.as_str(), built_in.sync_token, built_in.active), ("NON", None, true));
    let hidden =
        read(List::TaxCodes, r#"{"Name":"Old","Active":true,"Hidden":true,"Id":"9","SyncToken":"1"}"#);
    assert!(!hidden.active);
}

#[test]
fn an_agency_has_its_registration_and_is_always_active() {
    let agency = read(
        List::TaxAgencies,
        r#"{"DisplayName":"HM Revenue & Customs (VAT)","TaxRegistrationNumber":"GB123456789","TaxTrackedOnPurchases":true,
            "TaxTrackedOnSales":true,"TaxAgencyConfig":"SYSTEM_GENERATED","domain":"QBO","Id":"1","SyncToken":"0"}"#,
    );
    assert_eq!(
        (agency.name.as_str(), agency.number.as_deref()),
        ("HM Revenue & Customs (VAT)", Some("GB123456789"))
    );
    assert!(agency.active);
}

#[test]
fn a_term_says_when_payment_is_due() {
    let term = |days: &str| {
        read(List::Terms, &format!(r#"{{"Name":"T","Active":true,{days},"Id":"3","SyncToken":"0"}}"#))
    };
    for (fields, kind, due, detail) in [
        (
            r#""Type":"STANDARD","DiscountPercent":2,"DueDays":30,"DiscountDays":10"#,
            "STANDARD",
            Some(Due::Days(30)),
            Some("30 days"),
        ),
        (r#""Type":"STANDARD","DueDays":0"#, "STANDARD", Some(Due::Days(0)), Some("0 days")),
        (r#""Type":"STANDARD","DueDays":1"#, "STANDARD", Some(Due::Days(1)), Some("1 day")),
        (
            r#""Type":"DATE_DRIVEN","DayOfMonthDue":15,"DueNextMonthDays":5"#,
            "DATE_DRIVEN",
            Some(Due::DayOfMonth(15)),
            Some("day 15 of the month"),
        ),
        (r#""Type":"DATE_DRIVEN","DayOfMonthDue":1e3"#, "DATE_DRIVEN", None, None),
        (r#""Type":"STANDARD","DueDays":"many""#, "STANDARD", None, None),
    ] {
        let term = term(fields);
        assert_eq!((term.kind.as_deref(), term.facts.due), (Some(kind), due), "{fields}");
        assert_eq!(term.detail.as_deref(), detail, "{fields}");
    }
}

#[test]
fn payment_methods_currencies_classes_and_locations_are_read() {
    let visa = read(
        List::PaymentMethods,
        r#"{"Name":"Visa","Active":true,"Type":"CREDIT_CARD","Id":"3","SyncToken":"0"}"#,
    );
    assert_eq!((visa.kind, visa.detail), (some("CREDIT_CARD"), some("Credit card")));
    let cash = read(
        List::PaymentMethods,
        r#"{"Name":"Cash","Active":true,"Type":"NON_CREDIT_CARD","Id":"1","SyncToken":"0"}"#,
    );
    assert_eq!(cash.detail, None);
    let euro =
        read(List::Currencies, r#"{"Code":"EUR","Name":"Euro","Active":true,"Id":"2","SyncToken":"0"}"#);
    assert_eq!((euro.name.as_str(), euro.number.as_deref()), ("Euro", Some("EUR")));
    assert_eq!(read(List::Currencies, r#"{"Code":"XAU","Id":"3"}"#).name, "XAU");
    let class = read(
        List::Classes,
        r#"{"Name":"Gardens","SubClass":true,"ParentRef":{"value":"5000000000000007280","name":"Landscaping"},
            "FullyQualifiedName":"Landscaping:Gardens","Active":true,"Id":"5000000000000007281","SyncToken":"1"}"#,
    );
    assert_eq!((class.id.as_str(), class.facts.level), ("5000000000000007281", 1));
    assert_eq!(class.facts.parent.as_deref(), Some("5000000000000007280"));
    let place = read(
        List::Locations,
        r#"{"Name":"Nursery","SubDepartment":true,"ParentRef":{"value":"2"},"FullyQualifiedName":"Half Moon Bay:Nursery",
            "Active":false,"Id":"3","SyncToken":"0"}"#,
    );
    assert_eq!((place.name.as_str(), place.facts.level, place.active), ("Half Moon Bay:Nursery", 1, false));
}

#[test]
fn a_customer_has_what_it_is_known_by() {
    let customer = read(
        List::Customers,
        r#"{"Taxable":true,"BillAddr":{"Id":"2","Line1":"4581 Finch St.","Line2":"","City":"Bayshore",
            "CountrySubDivisionCode":"CA","PostalCode":"94326","Lat":"INVALID"},"Job":true,"ParentRef":{"value":"7"},"Level":1,
            "Balance":239.00,"CurrencyRef":{"value":"USD"},"FullyQualifiedName":"Freeman:55 Twin Lane","CompanyName":"Amy's\u0000 Birds",
            "DisplayName":"55 Twin Lane","Active":true,"PrimaryPhone":{"FreeFormNumber":"(650) 555-3311"},
            "PrimaryEmailAddr":{"Address":"Birds@Intuit.com"},"DefaultTaxCodeRef":{"value":"2"},"SalesTermRef":{"value":"3"},
            "PaymentMethodRef":{"value":"1"},"PrimaryTaxIdentifier":"GB 123 4567 89","WebAddr":{},"Id":"9","SyncToken":"0"}"#,
    );
    assert_eq!((customer.name.as_str(), customer.email), ("Freeman:55 Twin Lane", some("birds@intuit.com")));
    let address = Address {
        lines: vec!["4581 Finch St.".into()],
        city: some("Bayshore"),
        region: some("CA"),
        postal_code: some("94326"),
        country: None,
    };
    let facts = RecordFacts {
        parent: some("7"),
        level: 1,
        currency: some("USD"),
        company: some("Amy's  Birds"),
        phone: some("(650) 555-3311"),
        tax_number: some("GB 123 4567 89"),
        address: Some(address),
        tax_code: some("2"),
        term: some("3"),
        payment_method: some("1"),
        ..RecordFacts::default()
    };
    assert_eq!(customer.facts, facts);
    assert!(customer.raw.contains("239.00"), "kept as it came");
}

#[test]
fn a_suppliers_masked_tax_number_is_none() {
    let vendor = |number: &str| {
        let raw = format!(
            r#"{{"DisplayName":"Books by Bessie","AcctNum":"1345","TermRef":{{"value":"2"}},"TaxIdentifier":{number},
                "Mobile":{{"FreeFormNumber":"07700 900123"}},"Active":true,"Id":"30","SyncToken":"0"}}"#
        );
        read(List::Suppliers, &raw)
    };
    let bessie = vendor(r#""GB123""#);
    assert_eq!((bessie.number.as_deref(), bessie.facts.tax_number.as_deref()), (Some("1345"), Some("GB123")));
    assert_eq!(
        (bessie.facts.term.as_deref(), bessie.facts.phone.as_deref()),
        (Some("2"), Some("07700 900123"))
    );
    for hidden in [r#""XXXXXXX4321""#, r#""*****4321""#, "null", "12", "\"\""] {
        assert_eq!(vendor(hidden).facts.tax_number, None, "{hidden}");
    }
}

#[test]
fn an_item_has_its_sku_and_its_accounts() {
    let item = read(
        List::Items,
        r#"{"Name":"Rock Fountain","Sku":"RF-1","Active":true,"SubItem":true,"ParentRef":{"value":"22"},"Level":1,
            "FullyQualifiedName":"Fountains:Rock Fountain","Taxable":true,"UnitPrice":275.10,"Type":"Inventory",
            "IncomeAccountRef":{"value":"79","name":"Sales of Product Income"},"PurchaseCost":125,
            "ExpenseAccountRef":{"value":"80"},"AssetAccountRef":{"value":"81"},"SalesTaxCodeRef":{"value":"3"},
            "ClassRef":{"value":"5000000000000007280"},"Id":"5","SyncToken":"0"}"#,
    );
    assert_eq!((item.number, item.kind, item.detail), (some("RF-1"), some("Inventory"), some("Inventory")));
    let facts = RecordFacts {
        parent: some("22"),
        level: 1,
        income_account: some("79"),
        expense_account: some("80"),
        asset_account: some("81"),
        tax_code: some("3"),
        class: some("5000000000000007280"),
        price: some("275.10"),
        ..RecordFacts::default()
    };
    assert_eq!(item.facts, facts);
    let bundle = read(List::Items, r#"{"Name":"Set","Type":"Group","Id":"6"}"#);
    assert_eq!((bundle.kind, bundle.detail, bundle.number), (some("Group"), some("Bundle"), None));
}

#[test]
fn in_02_absurd_numbers_cost_a_fact_and_not_the_object() {
    let item = |price: &str| read(List::Items, &format!(r#"{{"Name":"A","Id":"1","UnitPrice":{price}}}"#));
    assert_eq!(item("-0").facts.price.as_deref(), Some("-0"));
    assert_eq!(item("0.1000").facts.price.as_deref(), Some("0.1000"));
    for absurd in ["9223372036854775808", "1e309", "-1E-400", "\"NaN\"", "true", &"9".repeat(10_000)] {
        assert_eq!(item(absurd).facts.price, None, "{absurd}");
    }
}

#[test]
fn in_03_hostile_texts_become_one_bounded_line() {
    let long = "é".repeat(1_000_000);
    let raw = format!(
        r#"{{"DisplayName":"a","CompanyName":"{long}","BillAddr":{{"Line1":"\u0000\r\n\u202Ex"}},"Id":"1","ParentRef":[],
            "PrimaryPhone":"none","CurrencyRef":{{"value":"{long}"}}}}"#
    );
    let facts = read(List::Customers, &raw).facts;
    assert!(facts.company.unwrap().len() <= DETAIL_LIMIT);
    assert_eq!(facts.address.unwrap().lines, ["   \u{202e}x"]);
    assert_eq!((facts.parent, facts.phone, facts.currency), (None, None, None));
    assert_eq!(record(List::Customers, r#"{"Id":"1","DisplayName":"\ud800"}"#), None);
}

/// The same texts with all of their letters escaped.
fn escaped(raw: &str, texts: &[&str]) -> String {
    texts.iter().fold(raw.to_owned(), |raw, text| {
        let escapes: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        raw.replace(&format!("\"{text}\""), &format!("\"{}\"", escapes.concat()))
    })
}

#[test]
fn a_text_is_the_same_however_it_is_escaped() {
    let texts = ["8", "3", "Zoë / Söhne", "zoe@z.example", "Straße 1", "Köln", "EUR", "Zoë 😀", "55"];
    let plain = r#"{"Id":"8","SyncToken":"3","DisplayName":"Zoë / Söhne","CompanyName":"Zoë 😀",
        "PrimaryEmailAddr":{"Address":"zoe@z.example"},"BillAddr":{"Line1":"Straße 1","City":"Köln"},
        "PrimaryPhone":{"FreeFormNumber":"55"},"CurrencyRef":{"value":"EUR"}}"#;
    let other = escaped(plain, &texts);
    assert_eq!(other.matches("\\u").count(), texts.concat().encode_utf16().count());
    let read = |raw: &str| ImportedRecord { raw: "".into(), ..read(List::Customers, raw) };
    assert_eq!(read(plain), read(&other));
    assert_eq!(read(plain).facts.company, some("Zoë 😀"));
    let slash = r#"{"Id":"8","DisplayName":"a\/b\"c"}"#;
    assert_eq!(read(slash).name, "a/b\"c");
}

#[test]
fn a_code_of_which_one_rate_cannot_be_read_has_none() {
    let code = read(
        List::TaxCodes,
        r#"{"Id":"3","Name":"Tucson","SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1"}},{"TaxRateRef":{"value":5}}]}}"#,
    );
    assert!(code.facts.sales.is_empty());
    let called = read(
        List::Customers,
        r#"{"Id":"1","DisplayName":"A","PrimaryPhone":{"FreeFormNumber":5},"Mobile":{"FreeFormNumber":"77"}}"#,
    );
    assert_eq!(called.facts.phone, some("77"), "one that cannot be read is none");
}

#[test]
fn what_has_no_id_or_no_name_is_no_record() {
    for raw in [
        "{}",
        r#"{"Id":"1"}"#,
        r#"{"Id":"","Name":"A"}"#,
        r#"{"Id":"1","Name":" "}"#,
        r#"{"Id":7,"Name":"A"}"#,
        r#"{"Id":"a\n","Name":"A"}"#,
        r#"{"Id":"a\u007f","Name":"A"}"#,
        r#"{"Id":"1","Name":"A","FullyQualifiedName":7}"#,
        r#"{"Id":"1","Name":"A","DisplayName":"\ud800"}"#,
        r#"{"Id":"1","Name":"A","SyncToken":2}"#,
        "[]",
    ] {
        assert_eq!(record(List::Terms, raw), None, "{raw}");
    }
}

proptest! {
    #[test]
    fn in_02_no_object_makes_it_panic(text in "\\PC{0,80}", price in any::<f64>(), place in 0..List::ALL.len()) {
        let text = serde_json::Value::String(text);
        let raw = format!(
            r#"{{"Id":"1","Name":{text},"UnitPrice":{price},"DueDays":{text},"ParentRef":{text},
                "EffectiveTaxRate":[{{"RateValue":{text},"EffectiveDate":{text}}}]}}"#
        );
        let _ = record(List::ALL[place], &raw);
    }
}
