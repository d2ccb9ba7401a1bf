//! The JSON Schemas that ship with the program.

/// The schema of `supascope.report/v1` as one JSON document.
pub const DOCUMENT: &str = include_str!("schema/v1.json");
/// That of `supascope.rehearse/v1`.
pub const REHEARSE: &str = include_str!("schema/rehearse-v1.json");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Report, fixtures, json, ndjson};
    use super::*;

    fn schema() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    fn whole() -> jsonschema::Validator {
        jsonschema::draft202012::new(&schema()).unwrap()
    }

    fn document(report: &Report) -> Value {
        let mut out = Vec::new();
        json::write(report, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[track_caller]
    fn assert_valid(validator: &jsonschema::Validator, value: &Value, name: &str) {
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }

    #[test]
    fn every_fixture_is_as_the_schema_says() {
        for (name, mut report) in fixtures::all() {
            assert_valid(&whole(), &document(&report), name);
            report.reveal_password = true;
            assert_valid(&whole(), &document(&report), name);
        }
    }

    #[test]
    fn a_line_of_ndjson_is_a_target_of_the_schema() {
        let mut of_target = schema();
        of_target["$ref"] = "#/$defs/target".into();
        for key in ["type", "properties", "required", "additionalProperties"] {
            of_target.as_object_mut().unwrap().remove(key);
        }
        let validator = jsonschema::draft202012::new(&of_target).unwrap();
        for (name, report) in fixtures::all() {
            let mut out = Vec::new();
            ndjson::write(&report, &mut out).unwrap();
            for line in String::from_utf8(out).unwrap().lines() {
                assert_valid(&validator, &serde_json::from_str(line).unwrap(), name);
            }
        }
    }

    /// A schema that takes everything would pass the tests above.
    #[test]
    fn another_document_is_refused() {
        let report = fixtures::all().into_iter().find(|(name, _)| *name == "measured").unwrap().1;
        let good = document(&report);
        let changes: [fn(&mut Value); 6] = [
            |document| document["schema"] = "supascope.report/v2".into(),
            |document| document["targets"][0]["endpoint"]["kind"] = "pooled".into(),
            |document| document["targets"][0]["findings"][0]["severity"] = json!(null),
            |document| document["targets"][0]["connection"]["hosts"][0]["port"] = "6543".into(),
            |document| document["targets"][0]["probe"]["tls"]["new"] = json!(1),
            |document| drop(document["targets"][0]["probe"]["headroom"].as_object_mut().unwrap().remove("pool")),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = good.clone();
            change(&mut changed);
            assert!(!whole().is_valid(&changed), "change {index}");
        }
    }
}
