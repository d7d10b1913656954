//! Canned responses: texts written once and sent by name (`/canned saudacao`), with the customer's name put in. Not what the
//! bot says (its settings); sending is the desk's.

pub mod api;
pub mod store;

use crate::text::{fold, nearest, same};
use store::Canned;

/// The one of that name, whatever its case and accents; else those it may have been, best first.
pub fn pick<'a>(all: &'a [Canned], name: &str) -> Result<&'a Canned, Vec<&'a str>> {
    let close = || nearest(all.iter().map(|canned| canned.name.as_str()), name);
    all.iter().find(|canned| same(&canned.name, name)).ok_or_else(close)
}

/// Puts values in the place of `{{name}}`; case, accents and blanks inside the braces do not matter. An unknown variable
/// disappears, so that no customer reads our braces.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        filled.push_str(before);
        let name = fold(name.trim());
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::*;

    #[test]
    fn variables_are_filled_and_unknown_ones_disappear() {
        let values = [("name", "João"), ("attendant", "Ana")];
        assert_eq!(fill("Olá {{ Name }}, sou {{attendant}}{{x}}.", &values), "Olá João, sou Ana.");
        assert_eq!(fill("{{name}", &values), "{{name}");
        assert_eq!(fill("", &values), "");
    }

    #[test]
    fn a_name_is_found_or_the_nearest_are_told() {
        let canned = |name: &str| Canned {
            id: RecordId::new(),
            organization_id: OrganizationId::new(),
            name: name.into(),
            text: String::new(),
            version: 1,
            created_at: Timestamp::ZERO,
            updated_at: Timestamp::ZERO,
        };
        let all = [canned("Saudação"), canned("pix")];
        assert_eq!(pick(&all, "saudacao").unwrap().name, "Saudação");
        assert_eq!(pick(&all, "saudaçao2").unwrap_err(), ["Saudação"]);
        assert!(pick(&all, "boleto").unwrap_err().is_empty());
    }
}
