//! The configuration page of an integration, as its catalogue entry writes it.

use std::collections::{BTreeSet, HashSet};

use protocol::import::List;
use protocol::mapping::MappingTable;
use protocol::schema::{ChoiceOption, Field, FieldEntry, FieldKind, FieldValue, Section};
use serde::{Deserialize, Deserializer};

/// Sections, and the values that hold before anybody saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The page, top to bottom.
    pub sections: Vec<Section>,
    /// Switches that begin on.
    pub defaults: Vec<FieldEntry>,
    /// Sections, by key, that are shown only where there is something to choose from.
    pub optional: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSection {
    key: String,
    title: String,
    #[serde(default)]
    help: String,
    #[serde(default)]
    optional: bool,
    fields: Vec<WrittenField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    key: String,
    label: String,
    #[serde(default)]
    help: String,
    kind: WrittenKind,
    #[serde(default)]
    required: bool,
    depends_on: Option<String>,
    #[serde(default)]
    default: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum WrittenKind {
    Switch,
    Date,
    Choice(Vec<ChoiceOption>),
    Text {
        limit: u16,
    },
    Number {
        min: i32,
        max: i32,
    },
    Picker {
        list: List,
        #[serde(default)]
        kinds: Vec<String>,
    },
    Mapping(MappingTable),
}

impl Schema {
    /// Every field, top to bottom.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields)
    }

    /// A field by its key.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields().find(|field| field.key == key)
    }

    fn new(written: Vec<WrittenSection>) -> Result<Self, String> {
        let mut schema = Self::default();
        let mut keys = HashSet::new();
        for section in written {
            let mut fields = Vec::new();
            for field in section.fields {
                if !keys.insert(field.key.clone()) {
                    return Err(format!("the field {:?} is there twice", field.key));
                }
                if field.default {
                    let value = FieldValue::Switch(true);
                    schema.defaults.push(FieldEntry { key: field.key.clone(), value });
                }
                fields.push(shape(field));
            }
            let (key, title, help) = (section.key, section.title, section.help);
            if section.optional {
                schema.optional.insert(key.clone());
            }
            schema.sections.push(Section { key, title, help, fields });
        }
        schema.check()?;
        Ok(schema)
    }

    /// Fields depend on switches; only switches have a default.
    fn check(&self) -> Result<(), String> {
        let is_switch = |key: &str| self.field(key).is_some_and(|field| field.kind == FieldKind::Switch);
        for field in self.fields() {
            if let Some(bad) = field.depends_on.as_ref().filter(|key| !is_switch(key)) {
                return Err(format!("{:?} depends on {bad:?}, which is not a switch", field.key));
            }
        }
        match self.defaults.iter().find(|entry| !is_switch(&entry.key)) {
            Some(bad) => Err(format!("{:?} has a default, but is not a switch", bad.key)),
            None => Ok(()),
        }
    }
}

fn shape(field: WrittenField) -> Field {
    let kind = match field.kind {
        WrittenKind::Switch => FieldKind::Switch,
        WrittenKind::Date => FieldKind::Date,
        WrittenKind::Choice(options) => FieldKind::Choice(options),
        WrittenKind::Text { limit } => FieldKind::Text { limit },
        WrittenKind::Number { min, max } => FieldKind::Number { min, max },
        WrittenKind::Picker { list, kinds } => FieldKind::Picker { list, kinds },
        WrittenKind::Mapping(table) => FieldKind::Mapping(table),
    };
    let WrittenField { key, label, help, required, depends_on, .. } = field;
    Field { key, label, help, kind, required, depends_on }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Entry {
        sections: Schema,
    }

    fn read(fields: &str) -> Result<Schema, String> {
        let text = format!("[[sections]]\nkey = \"s\"\ntitle = \"S\"\nfields = [{fields}]");
        toml::from_str::<Entry>(&text).map(|entry| entry.sections).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_field_can_be_written() {
        let schema = read(
            r#"{ key = "a", label = "A", kind = "switch", default = true },
               { key = "b", label = "B", kind = "date", depends_on = "a" },
               { key = "c", label = "C", kind = { text = { limit = 9 } } },
               { key = "d", label = "D", kind = { number = { min = 0, max = 5 } } },
               { key = "e", label = "E", kind = { choice = [{ value = "x", label = "X" }] } },
               { key = "f", label = "F", kind = { picker = { list = "Accounts", kinds = ["Income"] } }, required = true },
               { key = "g", label = "G", kind = { mapping = "Taxes" } }"#,
        )
        .unwrap();
        assert_eq!(schema.fields().count(), 7);
        assert_eq!(schema.defaults, [FieldEntry { key: "a".into(), value: FieldValue::Switch(true) }]);
    }

    #[test]
    fn a_schema_that_contradicts_itself_is_refused() {
        let twice =
            r#"{ key = "a", label = "A", kind = "switch" }, { key = "a", label = "A", kind = "date" }"#;
        assert!(read(twice).unwrap_err().contains("twice"));
        let lost = r#"{ key = "a", label = "A", kind = "date", depends_on = "b" }"#;
        assert!(read(lost).unwrap_err().contains("not a switch"));
        let odd = r#"{ key = "a", label = "A", kind = "date", default = true }"#;
        assert!(read(odd).unwrap_err().contains("not a switch"));
        let unknown = r#"{ key = "a", label = "A", kind = "date", colour = "red" }"#;
        assert!(read(unknown).unwrap_err().contains("colour"));
    }
}
