//! Accounts of people: what administrators write. Their presence and work live in `attendants/`, with the rows.

pub mod api;
pub mod store;

use serde_json::json;

use crate::attendants::Status;
use crate::attendants::store::User;
use crate::auth::roles::Role;
use crate::catalog::Configuration;
use crate::clock::Timestamp;
use crate::contacts::phone;
use crate::ids::*;
use crate::store::sql::Json;

/// Kinds of messengers an attendant may work from.
pub const DESTINATIONS: [&str; 5] = ["whatsapp", "telegram", "teams", "google_chat", "slack"];

/// An address as the channel's adapter gives it; for WhatsApp the digits of the number in its normal form. None: not one.
pub fn address(kind: &str, text: &str) -> Option<String> {
    let text = text.trim();
    match kind {
        "whatsapp" => phone::normalise(text, "BR").map(|phone| phone.digits().to_owned()),
        _ => Some(text.to_owned()).filter(|text| !text.is_empty() && !text.contains(char::is_control)),
    }
}

/// An account as it is before anybody says otherwise.
pub fn blank(organization: OrganizationId, name: &str, role: Role, now: Timestamp) -> User {
    User {
        id: UserId::new(),
        organization_id: organization,
        name: name.to_owned(),
        email: None,
        password_hash: None,
        role,
        locale: "pt-BR".to_owned(),
        department: None,
        preferences: Json(json!({})),
        aliases: Json(Vec::new()),
        external_id: None,
        channels: Json(vec!["all".to_owned()]),
        skills: Json(Vec::new()),
        default_destination: "console".to_owned(),
        status: Status::Offline,
        status_since: now,
        console_presence: false,
        focus_session_id: None,
        is_active: true,
        failed_logins: 0,
        locked_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// The oldest active channel of a kind.
pub fn first_channel(configuration: &Configuration, kind: &str) -> Option<ChannelId> {
    let mut ids: Vec<_> = configuration
        .channels
        .values()
        .filter(|channel| channel.row.kind == kind && channel.row.is_active)
        .map(|channel| channel.row.id)
        .collect();
    ids.sort();
    ids.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_what_the_provider_calls_it() {
        for text in ["(11) 98765-0001", "+55 11 98765-0001", "5511987650001", "+551187650001"] {
            assert_eq!(address("whatsapp", text).as_deref(), Some("5511987650001"), "{text}");
        }
        assert_eq!(address("whatsapp", "maria"), None);
        assert_eq!(address("slack", " U123 ").as_deref(), Some("U123"));
    }
}
