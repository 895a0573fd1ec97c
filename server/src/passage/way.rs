//! Which paths of a provider a call may have. Only what needs no decoding is taken, so that nothing can
//! be read in two ways: no escapes, no empty parts, no dots that lead upwards.

/// Whether a path begins as one of those that are open, for this company. `{company}` stands for it.
pub(super) fn is_open(open: &[String], company: &str, path: &str) -> bool {
    let plain = is_plain(company) && !company.contains('/');
    let begins = |start: &String| path.strip_prefix(&start.replace("{company}", company)).is_some();
    plain
        && is_plain(path.strip_prefix('/').unwrap_or_default())
        && path.starts_with('/')
        && open.iter().any(begins)
}

/// Whether a text is made of parts that mean themselves in every reading (RFC 3986, 2.3).
fn is_plain(text: &str) -> bool {
    let means_itself = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let part = |part: &str| {
        !part.is_empty() && !part.bytes().all(|byte| byte == b'.') && part.bytes().all(means_itself)
    };
    text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes(path: &str) -> bool {
        is_open(&["/v3/company/{company}/".to_owned()], "9341", path)
    }

    #[test]
    fn the_connections_own_company_is_open() {
        for path in [
            "/v3/company/9341/query",
            "/v3/company/9341/invoice/145/pdf",
            "/v3/company/9341/reports/ProfitAndLoss",
            "/v3/company/9341/a.b",
        ] {
            assert!(goes(path), "{path}");
        }
    }

    #[test]
    fn every_way_out_of_it_is_closed() {
        for path in [
            "",
            "/",
            "v3/company/9341/query",
            "/v3/company/9341",
            "/v3/company/9341/",
            "/v3/company/9342/query",
            "/v3/company/93410/query",
            "/v3/company/9341/../9342/query",
            "/v3/company/9341/./query",
            "/v3/company/9341/.../query",
            "/v3/company/9341/%2e%2e/9342/query",
            "/v3/company/9341/%2E%2E%2f9342/query",
            "/v3/company/9341/..%2f9342/query",
            "/v3/company/9341%2fquery",
            "/v3/company/9341//query",
            "//evil.example/v3/company/9341/query",
            "/v3/company/9341/..;/9342/query",
            "/v3/company/9341/\\..\\9342",
            "/v3/company/9341/query#x",
            "/v3/company/9341/query?x",
            "/v3/company/9341/qu\u{e9}ry",
            "/V3/company/9341/query",
            "/@evil.example/v3/company/9341/query",
            "/v4/company/9341/query",
            "/oauth2/v1/tokens/bearer",
        ] {
            assert!(!goes(path), "{path}");
        }
    }

    #[test]
    fn a_company_that_is_no_plain_name_opens_nothing() {
        for company in ["", "..", "93/41", "93%2f41", "93 41"] {
            assert!(!is_open(
                &["/v3/company/{company}/".to_owned()],
                company,
                &format!("/v3/company/{company}/query")
            ));
        }
    }
}
