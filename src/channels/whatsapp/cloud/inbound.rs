//! Cloud API webhooks to normalised events: contracts/whatsapp-cloud.md, sections 4 to 7. Tolerant: an element that
//! cannot be read is ignored alone. Not the signature, which was checked before. Called by the adapter's `parse`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json as object};

use crate::channels::adapter::{
    Address, Inbound, InboundMessage, Kind, Malformed, Peer, Receipt, ReceiptStatus, RemoteMedia, file_name,
};
use crate::channels::json::{self, at, flag, list, text};
use crate::clock::Timestamp;

/// Webhook fields (section 4) that are counted under their own name; their work is done elsewhere, or not at all.
const FIELDS: [&str; 14] = [
    "account_alerts",
    "account_update",
    "business_capability_update",
    "calls",
    "history",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "template_category_update",
    "user_preferences",
];

/// Everything in one webhook body that concerns the number `phone_number_id`, in Meta's order.
pub(super) fn parse(body: &[u8], phone_number_id: &str) -> Result<Vec<Inbound>, Malformed> {
    let root = json::read(body)?;
    if !root.is_object() {
        return Err(Malformed("the payload is no object".to_owned()));
    }
    if text(&root, "object").as_deref() != Some("whatsapp_business_account") {
        return Ok(vec![ignored("other_object")]);
    }
    let mut found = Vec::new();
    for change in list(&root, "entry").iter().flat_map(|entry| list(entry, "changes")) {
        let field = text(change, "field").unwrap_or_default();
        let value = at(change, "value");
        if field != "messages" {
            found.push(ignored(FIELDS.iter().find(|known| **known == field).unwrap_or(&"unknown_field")));
        } else if text(at(value, "metadata"), "phone_number_id").as_deref() != Some(phone_number_id) {
            found.push(ignored("other_number"));
        } else {
            let contacts = list(value, "contacts");
            found.extend(list(value, "messages").iter().map(|element| message(element, contacts)));
            found.extend(list(value, "statuses").iter().map(receipt));
            if !list(value, "errors").is_empty() {
                found.push(ignored("account_error"));
            }
        }
    }
    Ok(found)
}

fn ignored(kind: &str) -> Inbound {
    Inbound::Ignored { kind: kind.to_owned() }
}

/// Unix seconds as a string or a number; [`Timestamp::ZERO`] when there is no believable time.
fn timestamp(element: &Value) -> Timestamp {
    /// 9999-12-31T23:59:59Z
    const LAST: i64 = 253_402_300_799;
    let seconds = json::int(element, "timestamp").filter(|seconds| (0..=LAST).contains(seconds));
    seconds.map_or(Timestamp::ZERO, Timestamp::from_secs)
}

/// The digits of a phone number given under `key`.
fn digits(element: &Value, key: &str) -> Option<String> {
    let digits: String = text(element, key)?.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// The business-scoped id first: it outlives the number's absence and is what Meta recommends to match on.
fn addresses(user_id: Option<String>, wa_id: Option<String>) -> Vec<Address> {
    let address = |kind: &str, value| Address { kind: kind.to_owned(), value };
    let user = user_id.map(|id| address("whatsapp_bsuid", id));
    user.into_iter().chain(wa_id.map(|digits| address("whatsapp", digits))).collect()
}

/// Who wrote `element`. `contacts` is not aligned with the messages: it is joined by either id, and a lone contact
/// lends its name even when neither matches (Meta normalises numbers), but never its ids, which could join two people.
fn peer(element: &Value, contacts: &[Value]) -> Peer {
    let mut wa_id = digits(element, "from");
    let mut user_id = text(element, "from_user_id");
    let same = |contact: &&Value| {
        (wa_id.is_some() && digits(contact, "wa_id") == wa_id)
            || (user_id.is_some() && text(contact, "user_id") == user_id)
    };
    let lone = match contacts {
        [contact] => Some(contact),
        _ => None,
    };
    let joined = contacts.iter().find(same).or(lone.filter(|_| wa_id.is_none() && user_id.is_none()));
    if let Some(contact) = joined {
        wa_id = wa_id.or_else(|| digits(contact, "wa_id"));
        user_id = user_id.or_else(|| text(contact, "user_id"));
    }
    let name = joined.or(lone).and_then(|contact| text(at(contact, "profile"), "name"));
    let phone = wa_id.as_ref().map(|digits| format!("+{digits}"));
    Peer { addresses: addresses(user_id, wa_id), name, phone, email: None }
}

fn message(element: &Value, contacts: &[Value]) -> Inbound {
    let Some(external_id) = text(element, "id") else { return ignored("malformed") };
    if text(element, "group_id").is_some() {
        return ignored("group");
    }
    let kind = text(element, "type").unwrap_or_default();
    let body = at(element, &kind);
    let sent_at = timestamp(element);
    let original = || text(body, "original_message_id");
    match kind.as_str() {
        "request_welcome" => return ignored("request_welcome"),
        "system" => return system(element, body, sent_at),
        "revoke" => return original().map_or(ignored("malformed"), |target| Inbound::Delete { target, at: sent_at }),
        "edit" => {
            let edited = at(body, "message");
            let text = content(edited).map(|content| content.text);
            return original().map_or(ignored("malformed"), |target| Inbound::Edit { target, text, at: sent_at });
        }
        // An answer to a request to call: for the calls, and not something a bot could answer.
        "interactive" if text(body, "type").as_deref() == Some("call_permission_reply") => {
            return ignored("call_permission_reply");
        }
        _ => {}
    }
    let from = peer(element, contacts);
    if from.addresses.is_empty() {
        return ignored("unknown_sender");
    }
    if kind == "reaction" {
        let Some(target) = text(body, "message_id") else { return ignored("malformed") };
        return Inbound::Reaction { from, target, emoji: text(body, "emoji"), at: sent_at };
    }
    let context = at(element, "context");
    let mut content = content(element).unwrap_or_else(|| unsupported(element, &kind));
    if let (None, product @ Value::Object(_)) = (&content.extra, at(context, "referred_product")) {
        content.extra = Some(object!({ "referred_product": product }));
    }
    Inbound::Message(Box::new(InboundMessage {
        external_id,
        from,
        kind: content.kind,
        text: content.text,
        media: content.media.into_iter().collect(),
        reply_to: text(context, "id"),
        sent_at,
        payload: content.payload,
        referral: element.get("referral").filter(|referral| referral.is_object()).cloned(),
        forwarded: flag(context, "forwarded") || flag(context, "frequently_forwarded"),
        extra: content.extra,
    }))
}

/// The part of a message that depends on its type.
struct Content {
    kind: Kind,
    text: String,
    media: Option<RemoteMedia>,
    payload: Option<String>,
    extra: Option<Value>,
}

impl Content {
    fn new(kind: Kind, text: String) -> Self {
        Content { kind, text, media: None, payload: None, extra: None }
    }
}

/// Section 5.1. `None`: a type we do not know, or one without its content.
fn content(element: &Value) -> Option<Content> {
    let kind = text(element, "type")?;
    let body = at(element, &kind);
    match kind.as_str() {
        "text" => Some(Content::new(Kind::Text, text(body, "body")?)),
        "image" => media(Kind::Image, body),
        "video" => media(Kind::Video, body),
        "audio" => media(if flag(body, "voice") { Kind::Voice } else { Kind::Audio }, body),
        "document" => media(Kind::Document, body),
        "sticker" => media(Kind::Sticker, body),
        "location" => {
            let coordinates = format!("{}, {}", text(body, "latitude")?, text(body, "longitude")?);
            let lines = [text(body, "name"), text(body, "address"), Some(coordinates)];
            let lines: Vec<String> = lines.into_iter().flatten().collect();
            Some(Content { extra: Some(body.clone()), ..Content::new(Kind::Location, lines.join("\n")) })
        }
        "contacts" => {
            let cards: Vec<String> = body.as_array()?.iter().map(card).filter(|card| !card.is_empty()).collect();
            Some(Content { extra: Some(body.clone()), ..Content::new(Kind::ContactCard, cards.join("\n")) })
        }
        "button" => {
            let title = text(body, "text").or_else(|| text(body, "payload"))?;
            Some(Content { payload: text(body, "payload"), ..Content::new(Kind::InteractiveReply, title) })
        }
        "interactive" => interactive(body),
        "order" => {
            let item = |item: &Value| {
                let [quantity, product] =
                    ["quantity", "product_retailer_id"].map(|key| text(item, key).unwrap_or_default());
                let [price, currency] = ["item_price", "currency"].map(|key| text(item, key).unwrap_or_default());
                format!("{quantity} × {product} {currency} {price}").trim_end().to_owned()
            };
            let lines: Vec<String> =
                text(body, "text").into_iter().chain(list(body, "product_items").iter().map(item)).collect();
            (!lines.is_empty())
                .then(|| Content { extra: Some(body.clone()), ..Content::new(Kind::Text, lines.join("\n")) })
        }
        _ => None,
    }
}

fn media(kind: Kind, body: &Value) -> Option<Content> {
    // The address some webhooks carry is valid for five minutes from the webhook, not from its processing: the id is
    // not.
    let media = RemoteMedia {
        reference: text(body, "id")?,
        mime: text(body, "mime_type"),
        name: text(body, "filename").and_then(|claimed| file_name(&claimed)),
        sha256: text(body, "sha256").and_then(|digest| digest_hex(&digest)),
    };
    Some(Content { media: Some(media), ..Content::new(kind, text(body, "caption").unwrap_or_default()) })
}

/// A SHA-256 as webhooks write it (base64) or as media answers do (hex), in lower-case hex.
fn digest_hex(digest: &str) -> Option<String> {
    let bytes = match digest.len() {
        64 => hex::decode(digest).ok()?,
        _ => STANDARD.decode(digest).ok()?,
    };
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

/// `Ana Souza: +55 11 95555-0003, ana@example.com`
fn card(card: &Value) -> String {
    let name = text(at(card, "name"), "formatted_name").or_else(|| text(at(card, "name"), "first_name"));
    let phones = list(card, "phones")
        .iter()
        .filter_map(|phone| text(phone, "phone").or_else(|| digits(phone, "wa_id").map(|digits| format!("+{digits}"))));
    let emails = list(card, "emails").iter().filter_map(|email| text(email, "email"));
    let reach = phones.chain(emails).collect::<Vec<_>>().join(", ");
    match name {
        Some(name) if reach.is_empty() => name,
        Some(name) => format!("{name}: {reach}"),
        None => reach,
    }
}

fn interactive(body: &Value) -> Option<Content> {
    let kind = text(body, "type")?;
    let answer = at(body, &kind);
    match kind.as_str() {
        "button_reply" | "list_reply" => {
            let title = text(answer, "title").or_else(|| text(answer, "id"))?;
            Some(Content { payload: text(answer, "id"), ..Content::new(Kind::InteractiveReply, title) })
        }
        "nfm_reply" => {
            let payload = text(answer, "response_json");
            let form = payload.as_ref().and_then(|payload| json::read(payload.as_bytes()).ok());
            let fields = form.as_ref().and_then(Value::as_object).into_iter().flatten();
            let lines: Vec<String> = fields
                .filter(|(name, _)| *name != "flow_token")
                .filter_map(|(name, value)| match value {
                    Value::Null | Value::Object(_) => None,
                    Value::String(value) => Some(format!("{name}: {value}")),
                    value => Some(format!("{name}: {value}")),
                })
                .collect();
            let shown = if lines.is_empty() { text(answer, "body").unwrap_or_default() } else { lines.join("\n") };
            Some(Content { payload, extra: form, ..Content::new(Kind::InteractiveReply, shown) })
        }
        _ => None,
    }
}

/// A placeholder that says which type could not be shown, and Meta's code for it.
fn unsupported(element: &Value, kind: &str) -> Content {
    let kind = text(at(element, "unsupported"), "type").unwrap_or_else(|| kind.to_owned());
    let code = list(element, "errors").first().and_then(|error| text(error, "code"));
    Content { extra: Some(object!({ "type": kind, "code": code })), ..Content::new(Kind::Unsupported, String::new()) }
}

/// The customer has a new number or a new business-scoped id; other notices are only counted.
fn system(element: &Value, body: &Value, at: Timestamp) -> Inbound {
    let wa_id = digits(body, "wa_id").or_else(|| digits(body, "new_wa_id"));
    let new = addresses(text(body, "user_id"), wa_id);
    let old = addresses(text(element, "from_user_id"), digits(element, "from").or_else(|| digits(body, "customer")));
    match text(body, "type").as_deref() {
        Some("user_changed_number" | "customer_changed_number" | "user_changed_user_id")
            if !new.is_empty() && !old.is_empty() =>
        {
            Inbound::AddressChanged { old, new, at }
        }
        _ => ignored("system"),
    }
}

/// Section 6.
fn receipt(element: &Value) -> Inbound {
    if text(element, "type").as_deref() == Some("call") {
        return ignored("calls");
    }
    if text(element, "recipient_type").as_deref() == Some("group") {
        return ignored("group");
    }
    let Some(external_id) = text(element, "id") else { return ignored("malformed") };
    let status = match text(element, "status").unwrap_or_default().to_ascii_lowercase().as_str() {
        "sent" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        // A voice note that was played had been read.
        "read" | "played" => ReceiptStatus::Read,
        "failed" => {
            let error = list(element, "errors").first().unwrap_or(&Value::Null);
            let reason = text(json::at(error, "error_data"), "details").or_else(|| text(error, "message"));
            ReceiptStatus::Failed {
                code: text(error, "code").unwrap_or_else(|| "unknown".to_owned()),
                reason: reason.or_else(|| text(error, "title")).unwrap_or_default(),
            }
        }
        _ => return ignored("unknown_status"),
    };
    let callback = text(element, "biz_opaque_callback_data");
    Inbound::Receipt(Receipt { external_id, status, at: timestamp(element), callback })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OURS: &str = "410000000000001";

    macro_rules! fixtures {
        ($($name:ident = $file:literal;)+) => {$(
            const $name: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/whatsapp-cloud/", $file));
        )+
        const ALL: &[&[u8]] = &[$($name),+];};
    }

    fixtures! {
        F1 = "f01_text.json";
        F2 = "f02_quote_without_phone.json";
        F3_F4 = "f03_f04_voice_and_image_batched.json";
        F5 = "f05_document_location_contacts.json";
        F6 = "f06_button_reply.json";
        F7 = "f07_template_button_and_reaction_removed.json";
        F8 = "f08_ad_referral.json";
        F9 = "f09_unsupported_and_number_change.json";
        F10 = "f10_statuses_sent_and_read.json";
        F11 = "f11_status_failed_window_closed.json";
        F12 = "f12_call_connect.json";
        F13 = "f13_call_terminate.json";
        F14 = "f14_call_ringing.json";
        F15 = "f15_call_permission_granted.json";
    }

    fn read(body: &[u8]) -> Vec<Inbound> {
        parse(body, OURS).unwrap()
    }

    fn known(name: &str, user_id: &str, wa_id: &str) -> Peer {
        Peer {
            addresses: addresses(Some(user_id.into()), Some(wa_id.into())),
            name: Some(name.into()),
            phone: Some(format!("+{wa_id}")),
            email: None,
        }
    }

    fn marina() -> Peer {
        known("Marina Prado", "BR.48201937465510293847", "5511987650001")
    }

    fn rui() -> Peer {
        known("Rui Costa", "BR.11112222333344445555", "5521976540002")
    }

    fn plain(external_id: &str, from: Peer, kind: Kind, text: &str, secs: i64) -> InboundMessage {
        InboundMessage {
            external_id: external_id.into(),
            from,
            kind,
            text: text.into(),
            media: Vec::new(),
            reply_to: None,
            sent_at: Timestamp::from_secs(secs),
            payload: None,
            referral: None,
            forwarded: false,
            extra: None,
        }
    }

    fn told(message: InboundMessage) -> Inbound {
        Inbound::Message(Box::new(message))
    }

    /// One element of `messages` in an envelope of ours, without contacts.
    fn one(element: Value) -> Inbound {
        let value = object!({"metadata": {"phone_number_id": OURS}, "messages": [element]});
        let body = object!({"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]});
        let mut found = read(body.to_string().as_bytes());
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    fn one_message(element: Value) -> InboundMessage {
        match one(element) {
            Inbound::Message(message) => *message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn f1_a_text_has_both_addresses() {
        let id = "wamid.HBgNNTUxMTk4NzY1MDAwMRUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDAxAA==";
        let expected = plain(id, marina(), Kind::Text, "Bom dia, meu pedido 8841 não chegou", 1790848800);
        assert_eq!(read(F1), [told(expected)]);
    }

    #[test]
    fn f2_a_customer_without_a_number_quotes_us() {
        let from = Peer {
            addresses: addresses(Some("BR.90017263549918273645".into()), None),
            name: Some("Téo".into()),
            phone: None,
            email: None,
        };
        let id = "wamid.HBgTQlIuOTAwMTcyNjM1NDk5MTgyNzM2NDUVAgASGBQzQTAwMDAwMDAwMDAwMDAwMDAwMgA=";
        let expected = InboundMessage {
            reply_to: Some("wamid.HBgNT1VSLU1FU1NBR0UtMDAwMRUCABEYEkEwMDAwMDAwMDAwMDAwMDAwMQA=".into()),
            ..plain(id, from, Kind::Text, "Sim, é esse mesmo", 1790848860)
        };
        assert_eq!(read(F2), [told(expected)]);
    }

    #[test]
    fn f3_f4_a_voice_note_and_a_forwarded_image_come_in_one_call() {
        let voice = InboundMessage {
            media: vec![RemoteMedia {
                reference: "1200000000000003".into(),
                mime: Some("audio/ogg; codecs=opus".into()),
                name: None,
                sha256: Some("1902064645f8b014ef0cf8d9d5c16a2f30aa08218ff29ffa74db3c578ff962fd".into()),
            }],
            ..plain(
                "wamid.HBgNNTUxMTk4NzY1MDAwMRUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDAzAA==",
                marina(),
                Kind::Voice,
                "",
                1790848920,
            )
        };
        let image = InboundMessage {
            media: vec![RemoteMedia {
                reference: "1200000000000004".into(),
                mime: Some("image/jpeg".into()),
                name: None,
                sha256: Some(hex::encode(b"Chave-ficticia-para-teste-000001")),
            }],
            forwarded: true,
            ..plain(
                "wamid.HBgNNTUyMTk3NjU0MDAwMhUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA0AA==",
                rui(),
                Kind::Image,
                "Comprovante",
                1790848921,
            )
        };
        assert_eq!(read(F3_F4), [told(voice), told(image)]);
    }

    #[test]
    fn f5_a_document_a_place_and_a_card_of_one_customer() {
        let document = InboundMessage {
            media: vec![RemoteMedia {
                reference: "1200000000000005".into(),
                mime: Some("application/pdf".into()),
                name: Some("nota fiscal 8841.pdf".into()),
                sha256: Some(hex::encode(b"documento-ficticio-para-testes01")),
            }],
            ..plain(
                "wamid.HBgNNTUyMTk3NjU0MDAwMhUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA1AA==",
                rui(),
                Kind::Document,
                "",
                1790848980,
            )
        };
        let place = InboundMessage {
            extra: Some(
                object!({"latitude": -22.9519, "longitude": -43.2105, "name": "Portaria", "address": "Rua Exemplo 10"}),
            ),
            ..plain(
                "wamid.HBgNNTUyMTk3NjU0MDAwMhUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA2AA==",
                rui(),
                Kind::Location,
                "Portaria\nRua Exemplo 10\n-22.9519, -43.2105",
                1790848981,
            )
        };
        let card = InboundMessage {
            extra: Some(object!([{"name": {"first_name": "Ana", "formatted_name": "Ana Souza"},
                "phones": [{"phone": "+55 11 95555-0003", "wa_id": "5511955550003", "type": "CELL"}]}])),
            ..plain(
                "wamid.HBgNNTUyMTk3NjU0MDAwMhUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA3AA==",
                rui(),
                Kind::ContactCard,
                "Ana Souza: +55 11 95555-0003",
                1790848982,
            )
        };
        assert_eq!(read(F5), [told(document), told(place), told(card)]);
    }

    #[test]
    fn f6_a_button_answer_has_a_title_to_read_and_an_id_to_act_on() {
        let id = "wamid.HBgNNTUxMTk4NzY1MDAwMRUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA4AA==";
        let expected = InboundMessage {
            reply_to: Some("wamid.HBgNT1VSLUJVVFRPTlMtMDAwMRUCABEYEkEwMDAwMDAwMDAwMDAwMDAwMgA=".into()),
            payload: Some("solved:no".into()),
            ..plain(id, marina(), Kind::InteractiveReply, "No", 1790849040)
        };
        assert_eq!(read(F6), [told(expected)]);
    }

    #[test]
    fn f7_a_template_button_and_a_removed_reaction() {
        let id = "wamid.HBgNNTUxMTk4NzY1MDAwMRUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDA5AA==";
        let button = InboundMessage {
            reply_to: Some("wamid.HBgNT1VSLVRFTVBMQVRFLTAwMRUCABEYEkEwMDAwMDAwMDAwMDAwMDAwMwA=".into()),
            payload: Some("resume:8841".into()),
            ..plain(id, marina(), Kind::InteractiveReply, "Continue", 1790849100)
        };
        let removed = Inbound::Reaction {
            from: marina(),
            target: "wamid.HBgNT1VSLU1FU1NBR0UtMDAwMRUCABEYEkEwMDAwMDAwMDAwMDAwMDAwMQA=".into(),
            emoji: None,
            at: Timestamp::from_secs(1790849101),
        };
        assert_eq!(read(F7), [told(button), removed]);
    }

    #[test]
    fn f8_the_ad_that_led_here_is_kept() {
        let lia = known("Lia", "BR.77770000111122223333", "5531999990004");
        let id = "wamid.HBgNNTUzMTk5OTk5MDAwNBUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDExAA==";
        let expected = InboundMessage {
            referral: Some(
                object!({"source_url": "https://fb.me/exemplo", "source_id": "120210000000000001", "source_type": "ad",
                "headline": "Plano fibra", "body": "Fale com a gente", "media_type": "image",
                "image_url": "https://scontent.example/ad.jpg", "ctwa_clid": "ARexampleclid0001"}),
            ),
            ..plain(id, lia, Kind::Text, "Quero saber mais", 1790849160)
        };
        assert_eq!(read(F8), [told(expected)]);
    }

    #[test]
    fn f9_a_poll_is_a_placeholder_and_a_changed_number_links_old_and_new() {
        let id = "wamid.HBgNNTUyMTk3NjU0MDAwMhUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDEyAA==";
        let poll = InboundMessage {
            extra: Some(object!({"type": "poll", "code": "131051"})),
            ..plain(id, rui(), Kind::Unsupported, "", 1790849220)
        };
        let changed = Inbound::AddressChanged {
            old: addresses(None, Some("5521976540002".into())),
            new: addresses(Some("BR.11112222333344449999".into()), Some("5521900001111".into())),
            at: Timestamp::from_secs(1790849221),
        };
        assert_eq!(read(F9), [told(poll), changed]);
    }

    #[test]
    fn f10_read_may_come_before_sent() {
        let id = "wamid.HBgNT1VSLU1FU1NBR0UtMDAwMRUCABEYEkEwMDAwMDAwMDAwMDAwMDAwMQA=";
        let receipt = |status, secs, callback: Option<&str>| {
            let (at, callback) = (Timestamp::from_secs(secs), callback.map(str::to_owned));
            Inbound::Receipt(Receipt { external_id: id.into(), status, at, callback })
        };
        let expected = [
            receipt(ReceiptStatus::Read, 1790848805, None),
            receipt(ReceiptStatus::Sent, 1790848802, Some("outbox:000123")),
        ];
        assert_eq!(read(F10), expected);
    }

    #[test]
    fn f11_a_failure_says_code_and_reason() {
        let reason = "Message failed to send because more than 24 hours have passed since the customer last replied to this number.";
        let expected = Inbound::Receipt(Receipt {
            external_id: "wamid.HBgNT1VSLU1FU1NBR0UtMDAwMhUCABEYEkEwMDAwMDAwMDAwMDAwMDAwNAA=".into(),
            status: ReceiptStatus::Failed { code: "131047".into(), reason: reason.into() },
            at: Timestamp::from_secs(1790935300),
            callback: Some("outbox:000124".into()),
        });
        assert_eq!(read(F11), [expected]);
    }

    #[test]
    fn f12_to_f15_calls_and_their_permissions_are_counted_apart() {
        assert_eq!(read(F12), [ignored("calls")]);
        assert_eq!(read(F13), [ignored("calls"), ignored("calls")]);
        assert_eq!(read(F14), [ignored("calls")]);
        assert_eq!(read(F15), [ignored("call_permission_reply")]);
    }

    #[test]
    fn the_signed_examples_are_read_with_their_escapes() {
        let body =
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/whatsapp-cloud/signature_b.json"));
        let found = read(body);
        assert!(matches!(&found[..], [Inbound::Message(message)] if message.text == "Olá 😀 https://example.com/a"));
    }

    #[test]
    fn another_number_of_the_account_is_not_ours() {
        for (body, kind) in [(F1, "other_number"), (F10, "other_number"), (F12, "calls")] {
            assert_eq!(parse(body, "999").unwrap(), [ignored(kind)]);
        }
    }

    #[test]
    fn a_bad_element_does_not_lose_its_neighbours() {
        let good = |id: &str| object!({"id": id, "from": "5511987650001", "timestamp": 1790848800, "type": "text", "text": {"body": id}});
        let value = object!({"metadata": {"phone_number_id": 410000000000001u64}, "contacts": "none",
            "messages": [good("a"), null, 7, {"id": "b"}, {"id": "c", "from": "1", "type": "hologram"}, good("d")],
            "statuses": [{"id": "e"}, [], {"id": "f", "status": "PLAYED", "timestamp": "x"}], "errors": [{"code": 131000}]});
        let body = object!({"object": "whatsapp_business_account", "entry": [null, {"changes": 3}, {"changes": [
            {"field": "messages", "value": null}, {"value": {}}, {"field": "account_update", "value": {"event": "DISABLED_UPDATE"}},
            {"field": "messages", "value": value}]}]});
        let kinds: Vec<String> = read(body.to_string().as_bytes())
            .iter()
            .map(|found| match found {
                Inbound::Message(message) => format!("{:?} {}", message.kind, message.external_id),
                Inbound::Receipt(receipt) => {
                    format!("{:?} {} {}", receipt.status, receipt.external_id, receipt.at.secs())
                }
                Inbound::Ignored { kind } => kind.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            "other_number",
            "unknown_field",
            "account_update",
            "Text a",
            "malformed",
            "malformed",
            "unknown_sender",
            "Unsupported c",
            "Text d",
            "unknown_status",
            "malformed",
            "Read f 0",
            "account_error",
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn what_is_no_whatsapp_payload_is_malformed_or_ignored() {
        for body in ["", "{", "[]", "7", "null", "\"x\""] {
            assert!(parse(body.as_bytes(), OURS).is_err(), "{body}");
        }
        assert_eq!(read(b"{\"object\":\"page\",\"entry\":[{}]}"), [ignored("other_object")]);
        assert_eq!(read(b"{\"object\":\"whatsapp_business_account\"}"), []);
    }

    #[test]
    fn contacts_are_joined_by_either_id_and_a_lone_one_lends_only_its_name() {
        let contact = |name: &str, wa_id: &str, user_id: &str| object!({"profile": {"name": name}, "wa_id": wa_id, "user_id": user_id});
        let two = [contact("A", "111", "BR.1"), contact("B", "222", "BR.2")];
        let by = |element: Value, contacts: &[Value]| {
            let peer = peer(&element, contacts);
            (peer.name.unwrap_or_default(), peer.addresses.into_iter().map(|a| a.value).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(by(object!({"from": "222"}), &two), ("B".into(), "BR.2 222".into()));
        assert_eq!(by(object!({"from_user_id": "BR.1"}), &two), ("A".into(), "BR.1 111".into()));
        assert_eq!(by(object!({"from": "333"}), &two), ("".into(), "333".into()));
        assert_eq!(by(object!({"from": "333"}), &two[..1]), ("A".into(), "333".into()));
        assert_eq!(by(object!({"from": ""}), &two[..1]), ("A".into(), "BR.1 111".into()));
        assert_eq!(by(object!({"from": 333}), &[]), ("".into(), "333".into()));
    }

    #[test]
    fn the_other_kinds_are_readable() {
        let of = |kind: &str, body: Value| one_message(object!({"id": "w", "from": "1", "type": kind, kind: body}));
        let list =
            of("interactive", object!({"type": "list_reply", "list_reply": {"id": "dep:tech", "title": "Technical"}}));
        assert_eq!(
            (list.kind, list.text.as_str(), list.payload.as_deref()),
            (Kind::InteractiveReply, "Technical", Some("dep:tech"))
        );
        let response = r#"{"flow_token":"t","nome":"Ana","idade":7,"planos":["a","b"]}"#;
        let flow = of(
            "interactive",
            object!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}),
        );
        assert_eq!(flow.text, "idade: 7\nnome: Ana\nplanos: [\"a\",\"b\"]");
        assert_eq!(flow.payload.as_deref(), Some(response));
        let order = of(
            "order",
            object!({"catalog_id": "c", "text": "por favor",
            "product_items": [{"product_retailer_id": "sku1", "quantity": "2", "item_price": 10.5, "currency": "BRL"}]}),
        );
        assert_eq!(order.text, "por favor\n2 × sku1 BRL 10.5");
        let song = of("audio", object!({"id": 12, "mime_type": "audio/mpeg", "voice": false}));
        assert_eq!((song.kind, song.media[0].reference.as_str()), (Kind::Audio, "12"));
        let file =
            of("document", object!({"id": "1", "filename": "../../etc/pass\u{202e}wd\n.pdf", "caption": "veja"}));
        assert_eq!((file.media[0].name.as_deref(), file.text.as_str()), (Some("passwd.pdf"), "veja"));
        let sticker = of("sticker", object!({"id": "1", "mime_type": "image/webp", "sha256": "short"}));
        assert_eq!((sticker.kind, sticker.media[0].sha256.as_deref()), (Kind::Sticker, None));
        let strings = of("location", object!({"latitude": "-23.5", "longitude": "-46.6"}));
        assert_eq!(strings.text, "-23.5, -46.6");
        for (kind, body) in
            [("image", object!({"caption": "lost"})), ("text", object!({})), ("interactive", object!({"type": "new"}))]
        {
            assert_eq!(of(kind, body).kind, Kind::Unsupported, "{kind}");
        }
        let product = one_message(object!({"id": "w", "from": "1", "type": "text", "text": {"body": "tem?"},
            "context": {"frequently_forwarded": true, "referred_product": {"catalog_id": "c"}}}));
        assert!(product.forwarded && product.extra == Some(object!({"referred_product": {"catalog_id": "c"}})));
    }

    #[test]
    fn edits_deletions_and_reactions_point_to_the_original() {
        let edit = object!({"original_message_id": "w0", "message": {"type": "text", "text": {"body": "novo"}}});
        let at = Timestamp::from_secs(5);
        let of = |kind: &str, body: Value| {
            one(object!({"id": "w", "from": "1", "timestamp": "5", "type": kind, kind: body}))
        };
        assert_eq!(of("edit", edit), Inbound::Edit { target: "w0".into(), text: Some("novo".into()), at });
        assert_eq!(of("revoke", object!({"original_message_id": "w0"})), Inbound::Delete { target: "w0".into(), at });
        assert_eq!(of("revoke", object!({})), ignored("malformed"));
        assert!(matches!(of("reaction", object!({"message_id": "w0", "emoji": "👍"})),
            Inbound::Reaction { target, emoji: Some(emoji), .. } if target == "w0" && emoji == "👍"));
        assert_eq!(of("system", object!({"type": "customer_identity_changed", "wa_id": "2"})), ignored("system"));
        assert_eq!(of("request_welcome", object!({})), ignored("request_welcome"));
        assert_eq!(one(object!({"id": "w", "from": "1", "group_id": "g", "type": "text"})), ignored("group"));
    }

    #[test]
    fn group_and_call_receipts_are_not_ours() {
        assert_eq!(receipt(&object!({"id": "w", "status": "sent", "recipient_type": "group"})), ignored("group"));
        assert_eq!(receipt(&object!({"id": "w", "status": "RINGING", "type": "call"})), ignored("calls"));
        let failed = receipt(&object!({"id": "w", "status": "failed"}));
        assert!(
            matches!(failed, Inbound::Receipt(Receipt { status: ReceiptStatus::Failed { code, .. }, .. }) if code == "unknown")
        );
    }

    /// Replaces, removes or doubles what lies at `steps` in `value`.
    fn mutate(value: &mut Value, steps: &[usize], with: &Value) {
        let Some((step, deeper)) = steps.split_first() else {
            *value = with.clone();
            return;
        };
        match value {
            Value::Object(map) if !map.is_empty() => {
                let key = map.keys().nth(step % map.len()).unwrap().clone();
                match step % 7 {
                    0 => drop(map.remove(&key)),
                    _ => mutate(&mut map[&key], deeper, with),
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let index = step % items.len();
                match step % 7 {
                    0 => drop(items.remove(index)),
                    1 => items.push(items[index].clone()),
                    _ => mutate(&mut items[index], deeper, with),
                }
            }
            other => *other = with.clone(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            "[0-9]{0,25}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("id|type|from|text|body|code", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&body, OURS);
        }

        #[test]
        fn mutated_webhooks_never_panic_and_never_fail(
            fixture in proptest::sample::select(ALL),
            mutations in proptest::collection::vec((proptest::collection::vec(any::<usize>(), 4..14), any_json()), 1..6),
        ) {
            let mut root: Value = serde_json::from_slice(fixture).unwrap();
            for (steps, with) in &mutations {
                mutate(&mut root, steps, with);
            }
            let found = parse(root.to_string().as_bytes(), OURS);
            prop_assert_eq!(found.is_ok(), root.is_object());
            for event in found.into_iter().flatten() {
                if let Inbound::Message(message) = &event {
                    prop_assert!(!message.external_id.is_empty() && !message.from.addresses.is_empty());
                }
                let stored = serde_json::to_string(&event).unwrap();
                prop_assert!(serde_json::from_str::<Inbound>(&stored).is_ok());
            }
        }

        #[test]
        fn cut_and_scrambled_bodies_never_panic(fixture in proptest::sample::select(ALL), cut in any::<usize>(), byte in any::<u8>()) {
            let mut body = fixture.to_vec();
            let at = cut % body.len();
            let _ = parse(&body[..at], OURS);
            body[at] = byte;
            let _ = parse(&body, OURS);
        }
    }
}
