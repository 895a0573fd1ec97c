//! One line of a campaign: what it may say, and what that means. Pure.

use std::collections::BTreeSet;

use protocol::ids::{IntegrationId, Moment};
use protocol::mapping::{MappingChoice, MappingTable};
use protocol::schema::{Field, FieldEntry, FieldKind, FieldValue};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::configuration::{schema::Schema, validate::takes};
use crate::store::mappings::{table_name, table_named};
use crate::vault::Secret;

/// Most bytes of an id of the portal's or the provider's.
const ID_LIMIT: usize = 128;
const NAME_LIMIT: usize = 200;

/// A connection that was made under OAuth 1.0a, as a line says it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LegacyConnection)]
pub struct Row {
    /// The portal's id. Over the API it is that of the key, and need not be said.
    #[schema(example = "demo")]
    pub portal: Option<String>,
    /// The portal's own id of the organisation.
    #[schema(min_length = 1, max_length = 128)]
    pub tenant: String,
    /// The organisation's name; needed only when it is not registered yet, and then the company's by default.
    pub tenant_name: Option<String>,
    /// An entry of the catalogue; the first one that connections can be moved at by default.
    #[schema(example = "quickbooks-online")]
    pub integration: Option<String>,
    /// The provider's id of the company: 10 to 19 digits, as text.
    #[schema(min_length = 10, max_length = 19, example = "9341453199999002")]
    pub company_id: String,
    /// The company's name.
    #[schema(min_length = 1, max_length = 200)]
    pub company_name: String,
    /// When the old connection stops: a day, which ends at midnight UTC, or a moment as RFC 3339 writes it.
    #[schema(example = "2027-01-31")]
    pub deadline: Option<String>,
    /// Values of the configuration, by the keys of its fields.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "prices-include-tax": true }))]
    pub configuration: Map<String, Value>,
    /// What the portal's records were mapped to.
    #[serde(default)]
    pub mappings: Vec<Mapped>,
    /// What the old connection was signed with. Sealed at once, used to move it, and erased after that.
    #[serde(default, deserialize_with = "credentials")]
    pub oauth1: Option<Credentials>,
}

/// One of the portal's records, and what it was mapped to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LegacyMapping, example = json!({ "kind": "customers", "source": "C-1", "target": "5" }))]
pub struct Mapped {
    /// As the API names the kinds of records, for example `customers`.
    pub kind: String,
    /// The portal's id of the record.
    pub source: String,
    /// The provider's id of its record; or else say what was decided.
    pub target: Option<String>,
    /// `create_new` or `ignore`.
    pub decision: Option<String>,
}

/// Token and secret under OAuth 1.0a.
#[derive(utoipa::ToSchema)]
#[schema(as = LegacyCredentials)]
pub struct Credentials {
    /// `oauth_token`.
    #[schema(value_type = String)]
    pub token: Secret,
    /// `oauth_token_secret`.
    #[schema(value_type = String)]
    pub token_secret: Secret,
}

/// Texts that are not empty, or an error that repeats nothing of what was there.
fn credentials<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Credentials>, D::Error> {
    let wrong = || {
        serde::de::Error::custom("oauth1 is an object of token and token_secret, texts that are not empty")
    };
    let said = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Object(said) if said.len() == 2 => said,
        _ => return Err(wrong()),
    };
    let text = |name: &str| {
        let text = said.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        text.map(Secret::new).ok_or_else(wrong)
    };
    Ok(Some(Credentials { token: text("token")?, token_secret: text("token_secret")? }))
}

/// What a line means, once it was found to mean something.
pub struct Entry {
    /// The portal.
    pub portal: String,
    /// Its id of the organisation.
    pub tenant: String,
    /// What the organisation is called when it is not known yet.
    pub tenant_name: String,
    /// Of what.
    pub integration: IntegrationId,
    /// The provider's id of the company.
    pub company_id: String,
    /// The company's name.
    pub company_name: String,
    /// When the old connection stops.
    pub deadline: Option<Moment>,
    /// Values of the configuration.
    pub values: Vec<FieldEntry>,
    /// Decisions about mappings.
    pub decisions: Vec<(MappingTable, String, MappingChoice)>,
    /// What it can be moved with.
    pub credentials: Option<Credentials>,
}

impl Entry {
    /// What the line says, as far as it is looked at: every sentence that is wrong with it otherwise.
    pub fn read(
        row: Row,
        portal: String,
        integration: IntegrationId,
        page: &Schema,
    ) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut told = |found: Result<(), String>| wrong.extend(found.err());
        told(text("tenant", &row.tenant, ID_LIMIT));
        told(text("company_name", &row.company_name, NAME_LIMIT));
        told(row.tenant_name.as_deref().map_or(Ok(()), |name| text("tenant_name", name, NAME_LIMIT)));
        told(company_id(&row.company_id));
        let deadline = row.deadline.as_deref().map(moment).transpose();
        let values = values(&row.configuration, page);
        let decisions = decisions(&row.mappings);
        match (deadline, values, decisions) {
            (Ok(deadline), Ok(values), Ok(decisions)) if wrong.is_empty() => Ok(Self {
                portal,
                tenant: row.tenant,
                tenant_name: row.tenant_name.unwrap_or_else(|| row.company_name.clone()),
                integration,
                company_id: row.company_id,
                company_name: row.company_name,
                deadline,
                values,
                decisions,
                credentials: row.oauth1,
            }),
            (deadline, values, decisions) => {
                wrong.extend(deadline.err());
                wrong.extend(values.err().into_iter().flatten());
                wrong.extend(decisions.err().into_iter().flatten());
                Err(wrong)
            }
        }
    }

    /// SHA-256 of all of it, to know the same line again.
    pub fn content(&self) -> [u8; 32] {
        let said = serde_json::json!([
            self.company_id,
            self.company_name,
            self.deadline,
            self.values,
            self.decisions,
            self.credentials.as_ref().map(Credentials::digest),
        ]);
        Sha256::digest(said.to_string().as_bytes()).into()
    }
}

impl Credentials {
    /// SHA-256 of both.
    pub fn digest(&self) -> [u8; 32] {
        let pair = [self.token.digest(), self.token_secret.digest()];
        Sha256::digest(pair.concat()).into()
    }
}

fn text(field: &str, text: &str, limit: usize) -> Result<(), String> {
    let fits =
        !text.trim().is_empty() && text.chars().count() <= limit && !text.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(format!("{field} must have 1 to {limit} characters, not all blank, without control characters"))
}

/// Kept as text: the longest do not fit into the numbers of JSON's readers.
fn company_id(id: &str) -> Result<(), String> {
    if (10..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!("company_id {id:?} must be 10 to 19 digits"))
}

/// A moment, or the end of a day.
fn moment(text: &str) -> Result<Moment, String> {
    let wrong = || {
        format!(
            "deadline {text:?} must be a day such as 2027-01-31, or a moment such as 2027-01-31T17:00:00Z"
        )
    };
    let whole = if text.len() == 10 { format!("{text}T23:59:59Z") } else { text.to_owned() };
    let moment = OffsetDateTime::parse(&whole, &Rfc3339).map_err(|_| wrong())?;
    let milliseconds = u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map_err(|_| wrong())?;
    Ok(Moment(milliseconds))
}

fn values(said: &Map<String, Value>, page: &Schema) -> Result<Vec<FieldEntry>, Vec<String>> {
    sorted(said.iter().map(|(key, value)| {
        let field = page.field(key).ok_or_else(|| format!("configuration has no field {key:?}"))?;
        let value = value_of(field, value)
            .filter(|value| takes(field, value))
            .ok_or_else(|| format!("configuration field {key:?} does not take this value"))?;
        Ok(FieldEntry { key: key.clone(), value })
    }))
}

fn value_of(field: &Field, value: &Value) -> Option<FieldValue> {
    let number = || value.as_i64().and_then(|number| i32::try_from(number).ok()).map(FieldValue::Number);
    let text = || value.as_str().map(str::to_owned);
    match field.kind {
        FieldKind::Switch => value.as_bool().map(FieldValue::Switch),
        FieldKind::Number { .. } => number(),
        FieldKind::Choice(_) | FieldKind::Text { .. } | FieldKind::Date => text().map(FieldValue::Text),
        FieldKind::Picker { .. } => text().map(FieldValue::Record),
        FieldKind::Mapping(_) => None,
    }
}

fn decisions(said: &[Mapped]) -> Result<Vec<(MappingTable, String, MappingChoice)>, Vec<String>> {
    let decisions = sorted(said.iter().map(decision))?;
    let mut seen = BTreeSet::new();
    let twice = decisions.iter().find(|(table, source, _)| !seen.insert((*table, source.as_str())));
    match twice {
        Some((_, source, _)) => Err(vec![format!("{source:?} is mapped twice")]),
        None => Ok(decisions),
    }
}

fn decision(said: &Mapped) -> Result<(MappingTable, String, MappingChoice), String> {
    let kinds = || MappingTable::ALL.map(table_name).join(", ");
    let unknown = || format!("mapping kind {:?} must be one of {}", said.kind, kinds());
    let table = table_named(&said.kind).ok_or_else(unknown)?;
    let fits = |id: &str| (1..=100).contains(&id.len()) && !id.chars().any(char::is_control);
    if !fits(&said.source) {
        return Err("a mapping's source has 1 to 100 bytes, without control characters".to_owned());
    }
    let choice = match (said.target.as_deref(), said.decision.as_deref()) {
        (Some(target), None) if fits(target) => MappingChoice::Link(target.to_owned()),
        (None, Some("create_new")) => MappingChoice::CreateNew,
        (None, Some("ignore")) => MappingChoice::Ignore,
        _ => {
            let source = &said.source;
            return Err(format!("{source:?} must have a target, or the decision create_new or ignore"));
        }
    };
    Ok((table, said.source.clone(), choice))
}

/// The good ones, if all are.
fn sorted<T>(found: impl Iterator<Item = Result<T, String>>) -> Result<Vec<T>, Vec<String>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for one in found {
        match one {
            Ok(one) => good.push(one),
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

#[cfg(test)]
mod tests;
