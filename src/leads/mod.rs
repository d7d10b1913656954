//! Leads: what is known of a contact as a possible sale. Whoever writes for the first time, on whatever channel, becomes a
//! contact and a lead; a contact has one at most. Not the contact itself (`contacts/`), and no sale yet.

pub mod api;
pub mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use utoipa::ToSchema;

use crate::store::sql::text_enum;

text_enum! {
    /// How close a lead is to buying.
    pub enum LeadStatus { Hot = "quente", Warm = "morno", Cold = "frio", Served = "em_atendimento" }
}

text_enum! {
    /// Of the funnel.
    pub enum LeadStage { Attraction = "atracao", Relationship = "relacionamento", Conversion = "conversao" }
}

/// The best score; the worst is 0.
pub const BEST: i64 = 100;

/// Part of a score. All parts together are the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScoreReason {
    /// `manual` (a person), `script`, or what the one who set it says.
    pub reason: String,
    /// Below zero where it speaks against.
    pub points: i64,
}

/// Set by a person who gives no reason.
pub const MANUAL: &str = "manual";
/// Set by a script that gives none.
pub const SCRIPT: &str = "script";
/// Different reasons that are kept apart; what comes after them is one.
const REASONS: usize = 20;
const OTHER: &str = "other";

/// Adds points under a reason.
pub fn count(reasons: &mut Vec<ScoreReason>, reason: &str, points: i64) {
    let known = reasons.iter().any(|line| line.reason == reason);
    let reason = if known || reasons.len() < REASONS { reason } else { OTHER };
    match reasons.iter_mut().find(|line| line.reason == reason) {
        Some(line) => line.points += points,
        None => reasons.push(ScoreReason { reason: reason.to_owned(), points }),
    }
    reasons.retain(|line| line.points != 0);
}

/// The ad or post that somebody came by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Ad {
    /// `ad` or `post`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The provider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Tells the provider which click became a customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
}

/// What brought somebody here, as far as it is known when they write for the first time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub campaign: Option<String>,
    /// By the names of the page's parameters without `utm_`: `source`, `medium`, `campaign`.
    pub utm: BTreeMap<String, String>,
    pub ad: Option<Ad>,
}

/// Parameters that are kept, and characters of a value.
const PARAMETERS: usize = 10;
const LONGEST: usize = 300;

impl Origin {
    /// Of the page that the chat was opened on.
    pub fn of_page(page: &str) -> Self {
        let mut utm = BTreeMap::new();
        for (name, value) in Url::parse(page).iter().flat_map(|url| url.query_pairs()) {
            let name = name.to_lowercase();
            if let Some(name) = name.strip_prefix("utm_").and_then(clean)
                && let Some(value) = clean(&value)
                && utm.len() < PARAMETERS
            {
                utm.insert(name, value);
            }
        }
        Origin { campaign: utm.get("campaign").cloned(), utm, ad: None }
    }

    /// Of what a provider tells about the click: WhatsApp's `referral`.
    pub fn of_referral(referral: &Value) -> Self {
        let text = |name: &str| referral.get(name).and_then(Value::as_str).and_then(clean);
        let ad = Ad {
            kind: text("source_type"),
            id: text("source_id"),
            url: text("source_url"),
            title: text("headline"),
            text: text("body"),
            click_id: text("ctwa_clid"),
        };
        let page = ad.url.as_deref().map(Origin::of_page).unwrap_or_default();
        Origin { ad: Some(ad).filter(|ad| *ad != Ad::default()), ..page }
    }
}

/// What strangers may write into an address, fit to be kept.
fn clean(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_tells_its_campaign() {
        let origin =
            Origin::of_page("https://loja.example/?utm_source=Instagram&UTM_Campaign=Natal%20%00&utm_=x&q=1#utm_a=b");
        let utm = BTreeMap::from([("campaign", "Natal"), ("source", "Instagram")]);
        let named: BTreeMap<&str, &str> = origin.utm.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!((named, origin.campaign.as_deref(), origin.ad), (utm, Some("Natal"), None));
        assert_eq!(Origin::of_page("not a page"), Origin::default());
        let many: String = (0..50).map(|n| format!("&utm_{n}={}", "a".repeat(900))).collect();
        let origin = Origin::of_page(&format!("https://loja.example/?x=1{many}"));
        assert_eq!((origin.utm.len(), origin.utm["0"].len()), (PARAMETERS, LONGEST));
    }

    #[test]
    fn a_click_tells_its_ad() {
        let origin = Origin::of_referral(&json!({
            "source_url": "https://fb.example/x?utm_campaign=fibra", "source_id": "12021", "source_type": "ad",
            "headline": "Plano fibra", "body": "Fale com a gente", "ctwa_clid": "AR1", "media_type": "image",
        }));
        let ad = origin.ad.unwrap();
        assert_eq!(
            (ad.id.as_deref(), ad.kind.as_deref(), ad.click_id.as_deref()),
            (Some("12021"), Some("ad"), Some("AR1"))
        );
        assert_eq!((ad.title.as_deref(), origin.campaign.as_deref()), (Some("Plano fibra"), Some("fibra")));
        for nothing in [json!({}), json!({"headline": 7}), json!("x")] {
            assert_eq!(Origin::of_referral(&nothing), Origin::default());
        }
    }

    proptest! {
        #[test]
        fn reasons_are_few_and_make_up_the_score(given in proptest::collection::vec(("[a-z]{1,2}", -50i64..50), 0..200)) {
            let mut reasons = Vec::new();
            for (reason, points) in &given {
                count(&mut reasons, reason, *points);
            }
            let sum = |points: &mut dyn Iterator<Item = i64>| points.sum::<i64>();
            prop_assert_eq!(sum(&mut reasons.iter().map(|line| line.points)), sum(&mut given.iter().map(|(_, points)| *points)));
            prop_assert!(reasons.len() <= REASONS + 1);
        }
    }
}
