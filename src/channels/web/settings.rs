//! What a web channel's credentials and settings say: who may embed it, how identities are proven, what the widget shows.

use serde_json::{Map, Value, json};
use url::Url;

use super::socket;
use crate::catalog::{ChannelEntry, QueueEntry};
use crate::channels::signature;
use crate::services::Services;

/// Origins that may embed the widget. None named: every site.
pub fn allowed(entry: &ChannelEntry, public_url: &str, origin: &str) -> bool {
    let named = origins(&entry.credentials).or_else(|| origins(&entry.row.settings.0));
    origin_allowed(named.as_deref(), public_url, origin)
}

/// The same for the header that browsers ask before they show the widget's page inside another: its sources.
pub fn frame_ancestors(entry: &ChannelEntry) -> String {
    let named = origins(&entry.credentials).or_else(|| origins(&entry.row.settings.0));
    ancestors(named.as_deref())
}

fn ancestors(named: Option<&[String]>) -> String {
    let Some(named) = named else { return "*".to_owned() };
    // Read as an address and written again: what is no address cannot end the directive and begin another.
    let source = |entry: &String| match entry.split_once("://") {
        _ if entry == "*" => Some(entry.clone()),
        Some(_) => {
            Url::parse(entry).ok().map(|url| url.origin().ascii_serialization()).filter(|origin| origin != "null")
        }
        None => {
            let (wild, host) = entry.strip_prefix("*.").map_or(("", entry.as_str()), |host| ("*.", host));
            let url = Url::parse(&format!("https://{host}")).ok()?;
            let host = url.host_str()?;
            Some(format!("https://{wild}{host}:* http://{wild}{host}:*"))
        }
    };
    named.iter().filter_map(source).fold("'self'".to_owned(), |all, one| all + " " + &one)
}

/// A list, or a text with commas.
fn origins(map: &Map<String, Value>) -> Option<Vec<String>> {
    let named: Vec<String> = match map.get("allowed_origins")? {
        Value::Array(list) => list.iter().filter_map(|item| item.as_str().map(|text| text.trim().to_owned())).collect(),
        Value::String(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
        _ => return None,
    };
    let named: Vec<String> = named.into_iter().filter(|item| !item.is_empty()).collect();
    (!named.is_empty()).then_some(named)
}

/// An entry is an origin (`https://loja.example`), a host (any scheme and port), or `*.host` (its sub-domains).
fn origin_allowed(named: Option<&[String]>, public_url: &str, origin: &str) -> bool {
    let Some(named) = named else { return true };
    let same = |entry: &str| entry.trim_end_matches('/').eq_ignore_ascii_case(origin.trim_end_matches('/'));
    let host = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_lowercase));
    same(public_url)
        || named.iter().any(|entry| {
            let entry = entry.to_lowercase();
            let by_host = || match (entry.strip_prefix("*."), &host) {
                (_, None) => false,
                (Some(domain), Some(host)) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
                (None, Some(host)) => entry == *host,
            };
            entry == "*" || same(&entry) || by_host()
        })
}

/// Whether the site's server vouches for this id: lower-case hexadecimal HMAC-SHA256 of it.
pub fn vouches(credentials: &Map<String, Value>, id: &str, hmac: &str) -> bool {
    let secret = credentials.get("identity_secret").and_then(Value::as_str).filter(|secret| !secret.is_empty());
    secret.is_some_and(|secret| signature::verify_hex(secret.as_bytes(), id.as_bytes(), hmac))
}

/// Only people the site vouches for may write.
pub fn requires_identity(entry: &ChannelEntry) -> bool {
    entry.row.settings.0.get("identity").and_then(Value::as_str) == Some("required")
}

/// What the widget is told: the channel's own settings of these names, and our limits.
pub fn widget(entry: &ChannelEntry, services: &Services, locale: &str) -> Value {
    const SHOWN: [&str; 13] = [
        "title", "subtitle", "color", "logo_url", "position", "launcher", "welcome", "prechat", "privacy", "consent",
        "locale", "theme", "offline",
    ];
    let mut config = Map::new();
    for name in SHOWN {
        if let Some(value) = entry.row.settings.0.get(name) {
            config.insert(name.to_owned(), value.clone());
        }
    }
    config.entry("title").or_insert_with(|| entry.row.name.clone().into());
    config.entry("locale").or_insert_with(|| locale.into());
    let (text, upload) = (services.config.webchat.message_chars, services.config.limits.attachment_bytes);
    config.insert("limits".to_owned(), json!({"text": text, "upload_bytes": upload}));
    let csat = socket::asked(services, entry.row.id).is_some();
    config.insert("features".to_owned(), json!({"uploads": true, "csat": csat}));
    config.insert("hours".to_owned(), hours(services, entry));
    Value::Object(config)
}

/// Whether any queue of the site is open, and when the first one opens next. Without queues somebody may always look.
fn hours(services: &Services, entry: &ChannelEntry) -> Value {
    let now = services.clock.now();
    let Some(configuration) = services.catalog.organization(entry.row.organization_id) else {
        return json!({"open": true, "opens_at": null});
    };
    let usual = configuration.bots.get(&entry.row.bot_id).and_then(|bot| bot.hours.as_ref());
    let serving: Vec<_> = configuration.queues.iter().filter(|queue| queue.serves("web")).collect();
    let of = |queue: &&std::sync::Arc<QueueEntry>| queue.hours.clone().or_else(|| usual.cloned());
    let open = serving.is_empty() || serving.iter().any(|queue| of(queue).is_none_or(|hours| hours.is_open(now)));
    let opens_at = serving.iter().filter_map(|queue| of(queue)?.next_opening(now)).min().filter(|_| !open);
    json!({"open": open, "opens_at": opens_at})
}

/// A page's address without what looks like a secret.
pub fn clean_page(page: &str) -> Option<String> {
    const SECRETS: [&str; 6] = ["token", "key", "password", "code", "session", "auth"];
    let mut url = Url::parse(page).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !SECRETS.iter().any(|secret| name.to_lowercase().contains(secret)))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.set_fragment(None);
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    // A login before the host is a secret as well; http addresses always take this.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.as_str().chars().take(1000).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_sites_may_embed_the_widget() {
        let named = ["https://loja.example".to_owned(), "blog.example".to_owned(), "*.aurora.example".to_owned()];
        for (origin, allowed) in [
            ("https://loja.example", true),
            ("http://loja.example", false),
            ("https://LOJA.example", true),
            ("http://blog.example:8080", true),
            ("https://www.aurora.example", true),
            ("https://aurora.example", false),
            ("https://evilaurora.example", false),
            ("https://chat.ours.example", true),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origin_allowed(Some(&named), "https://chat.ours.example", origin), allowed, "{origin}");
        }
        assert!(origin_allowed(None, "https://chat.ours.example", "https://any.example"));
    }

    #[test]
    fn the_sites_that_may_frame_the_widget_are_those_that_may_embed_it() {
        assert_eq!(ancestors(None), "*");
        for (entry, sources) in [
            ("https://Loja.example/", "'self' https://loja.example"),
            ("blog.example", "'self' https://blog.example:* http://blog.example:*"),
            ("*.aurora.example", "'self' https://*.aurora.example:* http://*.aurora.example:*"),
            ("https://x.example; script-src *", "'self'"),
            ("pão.example", "'self' https://xn--po-sia.example:* http://xn--po-sia.example:*"),
            ("*", "'self' *"),
        ] {
            assert_eq!(ancestors(Some(&[entry.to_owned()])), sources, "{entry}");
        }
    }

    #[test]
    fn an_identity_is_proven_by_its_hmac() {
        let credentials = json!({"identity_secret": "wk_live_3b9d1c7e5f2a48c0a1b2c3d4e5f60718"});
        let credentials = credentials.as_object().unwrap();
        for (id, hmac) in [
            ("cust-8842", "fb633691117b9a1d17f77cb26462d9e0feffccb0a19fdb57806d31e1efd2bf83"),
            ("42", "10bc4a423170469205adf41d02a2dcf30f876be70ca3af34bfc43701781c4c34"),
            ("ana@cliente.example", "dd720e4f9f53cd339a399d17ac2e7ec77265384d87832fb30685a2286f11a81a"),
            ("José#1", "7067a7e17d0fc18f3342814983405a5846ce735e093ed77c576af9d2caf3f869"),
        ] {
            assert!(vouches(credentials, id, hmac), "{id}");
            assert!(!vouches(credentials, "43", hmac) && !vouches(&Map::new(), id, hmac));
        }
    }

    #[test]
    fn secrets_in_a_page_address_are_dropped() {
        assert_eq!(
            clean_page("https://u:p@loja.example/p/42?utm_source=x&access_token=s#k=1").as_deref(),
            Some("https://loja.example/p/42?utm_source=x")
        );
        assert_eq!(clean_page("https://loja.example/?token=1").as_deref(), Some("https://loja.example/"));
        assert_eq!((clean_page("javascript:alert(1)"), clean_page("loja")), (None, None));
    }
}
