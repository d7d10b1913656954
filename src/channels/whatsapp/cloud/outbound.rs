//! Messages to Cloud API bodies: contracts/whatsapp-cloud.md, sections 9, 12 and 15. Called by the adapter's `format`.

use serde::Serialize;
use serde_json::{Value, json as object};

use crate::channels::adapter::{Choice, Kind, Outbound, OutboundMedia, Unsupported};
use crate::channels::text::{WHATSAPP, markup, shorten, split_numbered, utf16};

/// Limits of section 12, counted in UTF-16 units, which is the careful reading of "characters".
const TEXT: usize = 4096;
const CAPTION: usize = 1024;
const INTERACTIVE: usize = 1024;
const BUTTONS: usize = 3;
const BUTTON_TITLE: usize = 20;
const BUTTON_ID: usize = 256;
const ROWS: usize = 10;
const ROW_TITLE: usize = 24;
const ROW_DESCRIPTION: usize = 72;
const ROW_ID: usize = 200;
const CALLBACK: usize = 512;

#[derive(Serialize)]
struct Body<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(flatten)]
    to: &'a Recipient,
    #[serde(flatten)]
    content: &'a Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
}

/// Which of the two wins when both are given is not confirmed: only one is.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Recipient {
    /// With `+`: without it Meta prepends the business number's own country code.
    To(String),
    /// A business-scoped user id.
    Recipient(String),
}

#[derive(Serialize)]
struct Context<'a> {
    message_id: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content {
    Text { text: Text },
    Image { image: Media },
    Audio { audio: Media },
    Video { video: Media },
    Document { document: Media },
    Sticker { sticker: Media },
    Interactive { interactive: Interactive },
    Template { template: Value },
}

/// Without preview: Meta would fetch the address, and use up a link that works once.
#[derive(Serialize)]
struct Text {
    body: String,
    preview_url: bool,
}

#[derive(Serialize)]
struct Media {
    link: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
}

#[derive(Serialize)]
struct Interactive {
    r#type: &'static str,
    body: InteractiveBody,
    action: Action,
}

#[derive(Serialize)]
struct InteractiveBody {
    text: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Action {
    Buttons { buttons: Vec<Button> },
    List { button: &'static str, sections: [Section; 1] },
}

#[derive(Serialize)]
struct Button {
    r#type: &'static str,
    reply: Reply,
}

#[derive(Serialize)]
struct Reply {
    id: String,
    title: String,
}

#[derive(Serialize)]
struct Section {
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    /// The whole label, when the title had to be shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// The bodies that send `message`, in order. The first quotes; all carry the callback.
pub(super) fn bodies(message: &Outbound) -> Result<Vec<Vec<u8>>, Unsupported> {
    let to = recipient(message)?;
    let contents = contents(message)?;
    let quoted = message.reply_to.as_deref().filter(|id| !id.is_empty());
    let callback = Some(message.callback.as_str()).filter(|text| !text.is_empty() && utf16(text) <= CALLBACK);
    let body = |(index, content)| {
        let context = quoted.filter(|_| index == 0).map(|message_id| Context { message_id });
        serde_json::to_vec(&Body {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            to: &to,
            content,
            context,
            biz_opaque_callback_data: callback,
        })
        .map_err(|error| Unsupported { code: "unencodable", reason: error.to_string() })
    };
    contents.iter().enumerate().map(body).collect()
}

fn recipient(message: &Outbound) -> Result<Recipient, Unsupported> {
    let find = |kind: &str| message.to.iter().find(|address| address.kind == kind && !address.value.is_empty());
    let phone = find("whatsapp").map(|address| Recipient::To(format!("+{}", address.value.trim_start_matches('+'))));
    let user = || find("whatsapp_bsuid").map(|address| Recipient::Recipient(address.value.clone()));
    phone.or_else(user).ok_or_else(|| Unsupported {
        code: "no_address",
        reason: "the contact has no WhatsApp number or user id".to_owned(),
    })
}

fn contents(message: &Outbound) -> Result<Vec<Content>, Unsupported> {
    if let Some(template) = &message.template {
        return Ok(vec![Content::Template { template: checked_template(template)? }]);
    }
    let body = markup(message.text.trim(), &WHATSAPP);
    if let ([only], [], true) = (&message.media[..], &message.choices[..], !body.is_empty() && utf16(&body) <= CAPTION)
    {
        let mut captioned = only.clone();
        captioned.caption.get_or_insert_with(|| message.text.trim().to_owned());
        if captioned.caption.as_deref() == Some(message.text.trim()) && takes_caption(&captioned) {
            return media(&captioned);
        }
    }
    let mut contents = Vec::new();
    // What can be answered comes last, where the customer sees it; otherwise the words introduce the files.
    let mut files = Vec::new();
    for file in &message.media {
        files.extend(media(file)?);
    }
    if message.choices.is_empty() {
        contents.extend(texts(&body));
        contents.append(&mut files);
    } else {
        contents.append(&mut files);
        contents.extend(choices(&body, &message.choices, &message.locale));
    }
    if contents.is_empty() {
        return Err(Unsupported { code: "empty", reason: "there is nothing to send".to_owned() });
    }
    Ok(contents)
}

fn texts(body: &str) -> impl Iterator<Item = Content> {
    let parts = split_numbered(body, TEXT, utf16).into_iter();
    parts.map(|body| Content::Text { text: Text { body, preview_url: false } })
}

/// Reply buttons, else a list, else numbered text.
fn choices(body: &str, choices: &[Choice], locale: &str) -> Vec<Content> {
    let english = locale.starts_with("en");
    let prompt = if english { "Choose an option:" } else { "Escolha uma opção:" };
    let Some((kind, action)) = buttons(choices).or_else(|| rows(choices, if english { "Options" } else { "Opções" }))
    else {
        let lines = choices.iter().enumerate().map(|(index, choice)| format!("{}. {}", index + 1, title(choice)));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let intro = if body.is_empty() { prompt } else { body };
        return texts(&format!("{intro}\n\n{lines}")).collect();
    };
    let mut contents = Vec::new();
    let fits = !body.is_empty() && utf16(body) <= INTERACTIVE;
    if !fits {
        contents.extend(texts(body));
    }
    let body = InteractiveBody { text: if fits { body } else { prompt }.to_owned() };
    contents.push(Content::Interactive { interactive: Interactive { r#type: kind, body, action } });
    contents
}

/// A label on one line.
fn title(choice: &Choice) -> String {
    choice.label.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether Meta takes these: nothing empty, no id too long or padded, nothing twice.
fn acceptable<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, longest_id: usize, unique_titles: bool) -> bool {
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    pairs.into_iter().all(|(id, title)| {
        let repeated = ids.contains(&id) || (unique_titles && titles.contains(&title));
        ids.push(id);
        titles.push(title);
        !repeated && !id.is_empty() && !title.is_empty() && id.trim() == id && utf16(id) <= longest_id
    })
}

fn buttons(choices: &[Choice]) -> Option<(&'static str, Action)> {
    if choices.len() > BUTTONS {
        return None;
    }
    let reply = |choice: &Choice| Reply { id: choice.id.clone(), title: shorten(&title(choice), BUTTON_TITLE, utf16) };
    let buttons: Vec<Button> = choices.iter().map(|choice| Button { r#type: "reply", reply: reply(choice) }).collect();
    let pairs = buttons.iter().map(|button| (button.reply.id.as_str(), button.reply.title.as_str()));
    acceptable(pairs, BUTTON_ID, true).then_some(("button", Action::Buttons { buttons }))
}

fn rows(choices: &[Choice], button: &'static str) -> Option<(&'static str, Action)> {
    if choices.len() > ROWS {
        return None;
    }
    let row = |choice: &Choice| {
        let label = title(choice);
        let title = shorten(&label, ROW_TITLE, utf16);
        let description = (title != label).then(|| shorten(&label, ROW_DESCRIPTION, utf16));
        Row { id: choice.id.clone(), title, description }
    };
    let rows: Vec<Row> = choices.iter().map(row).collect();
    acceptable(rows.iter().map(|row| (row.id.as_str(), row.title.as_str())), ROW_ID, false)
        .then_some(("list", Action::List { button, sections: [Section { rows }] }))
}

/// How Meta takes a file (section 8.3); what it does not take as such goes as a document.
fn carried_as(file: &OutboundMedia) -> Option<Kind> {
    let mime = file.mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match (file.kind, mime.as_str()) {
        (Kind::Sticker, "image/webp") => Kind::Sticker,
        (Kind::Image | Kind::Sticker, "image/jpeg" | "image/png") => Kind::Image,
        (Kind::Audio | Kind::Voice, "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg") => {
            Kind::Audio
        }
        (Kind::Video, "video/mp4" | "video/3gpp") => Kind::Video,
        (Kind::Image | Kind::Sticker | Kind::Audio | Kind::Voice | Kind::Video | Kind::Document, _) => Kind::Document,
        _ => return None,
    })
}

fn takes_caption(file: &OutboundMedia) -> bool {
    matches!(carried_as(file), Some(Kind::Image | Kind::Video | Kind::Document))
}

/// The file, and its caption after it where the kind takes none or it is too long.
fn media(file: &OutboundMedia) -> Result<Vec<Content>, Unsupported> {
    let kind = carried_as(file).ok_or_else(|| Unsupported {
        code: "unsupported_media",
        reason: format!("{:?} is not a file WhatsApp can carry", file.kind),
    })?;
    let caption = markup(file.caption.as_deref().unwrap_or_default().trim(), &WHATSAPP);
    let inside = takes_caption(file) && utf16(&caption) <= CAPTION;
    let media = Media {
        link: file.url.clone(),
        filename: file.name.clone().filter(|_| kind == Kind::Document),
        caption: Some(caption.clone()).filter(|caption| inside && !caption.is_empty()),
    };
    let content = match kind {
        Kind::Image => Content::Image { image: media },
        Kind::Audio => Content::Audio { audio: media },
        Kind::Video => Content::Video { video: media },
        Kind::Sticker => Content::Sticker { sticker: media },
        _ => Content::Document { document: media },
    };
    let after = if inside { "" } else { caption.as_str() };
    Ok(std::iter::once(content).chain(texts(after)).collect())
}

/// A template as Meta wants it: name, language object, and text parameters on one line (a line break or a run of blanks
/// in one has the whole message refused).
fn checked_template(template: &Value) -> Result<Value, Unsupported> {
    let invalid = |reason: &str| Unsupported { code: "invalid_template", reason: reason.to_owned() };
    let mut template = template.clone();
    let fields = template.as_object_mut().ok_or_else(|| invalid("the template is no object"))?;
    if fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("the template has no name"));
    }
    match fields.get_mut("language") {
        Some(Value::Object(language)) if language.get("code").is_some_and(Value::is_string) => {}
        Some(language @ Value::String(_)) => *language = object!({ "code": language }),
        _ => return Err(invalid("the template has no language")),
    }
    let components = fields.get_mut("components").and_then(Value::as_array_mut);
    let parameters =
        components.into_iter().flatten().filter_map(|component| component.get_mut("parameters")?.as_array_mut());
    for parameter in parameters.flatten() {
        if let Some(Value::String(text)) = parameter.get_mut("text") {
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::adapter::Address;
    use proptest::prelude::*;

    const HEAD: &str = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+5511987650001","type":"#;

    fn message() -> Outbound {
        Outbound {
            to: vec![
                Address { kind: "whatsapp_bsuid".into(), value: "BR.48201937465510293847".into() },
                Address { kind: "whatsapp".into(), value: "5511987650001".into() },
            ],
            session_id: None,
            locale: "pt-BR".into(),
            text: String::new(),
            media: Vec::new(),
            reply_to: None,
            choices: Vec::new(),
            template: None,
            callback: "outbox:1".into(),
        }
    }

    fn text(text: &str) -> Outbound {
        Outbound { text: text.into(), ..message() }
    }

    fn choose(text: &str, labels: &[&str]) -> Outbound {
        let choice = |(index, label): (usize, &&str)| Choice { id: format!("c{index}"), label: (*label).into() };
        Outbound { text: text.into(), choices: labels.iter().enumerate().map(choice).collect(), ..message() }
    }

    fn file(kind: Kind, mime: &str, caption: Option<&str>) -> OutboundMedia {
        OutboundMedia {
            kind,
            url: "https://a.br/f".into(),
            mime: mime.into(),
            name: Some("a.pdf".into()),
            caption: caption.map(str::to_owned),
        }
    }

    /// What is sent, without the common head and the common tail.
    fn sent(message: &Outbound) -> Vec<String> {
        let bare = |body: Vec<u8>| {
            let body = String::from_utf8(body).unwrap();
            let tail = r#","biz_opaque_callback_data":"outbox:1"}"#;
            body.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(tail)).unwrap_or(&body).to_owned()
        };
        bodies(message).unwrap().into_iter().map(bare).collect()
    }

    fn text_body(text: &str) -> String {
        format!(r#""text","text":{{"body":{},"preview_url":false}}"#, object!(text))
    }

    #[test]
    fn a_text_is_sent_byte_for_byte_as_documented() {
        let body = bodies(&text("Olá **Marina**\n")).unwrap().remove(0);
        let expected = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+5511987650001","type":"text","text":{"body":"Olá *Marina*","preview_url":false},"biz_opaque_callback_data":"outbox:1"}"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn a_quote_is_carried_by_the_first_part_only() {
        let quoting = Outbound { reply_to: Some("wamid.Q".into()), ..text(&format!("{}\n\nfim", "a".repeat(4096))) };
        let parts = sent(&quoting);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].ends_with(r#""preview_url":false},"context":{"message_id":"wamid.Q"}"#));
        assert_eq!(parts[1], text_body("fim"));
    }

    #[test]
    fn who_has_no_number_is_addressed_by_user_id() {
        let mut to_user = text("oi");
        to_user.to.pop();
        let body = String::from_utf8(bodies(&to_user).unwrap().remove(0)).unwrap();
        assert!(
            body.contains(r#""recipient_type":"individual","recipient":"BR.48201937465510293847","type":"text""#),
            "{body}"
        );
        to_user.to.clear();
        assert_eq!(bodies(&to_user).unwrap_err().code, "no_address");
    }

    #[test]
    fn long_texts_are_split_within_the_limit_and_numbered_when_many() {
        let parts = sent(&text(&"palavra ".repeat(600)));
        assert_eq!(parts.len(), 2);
        let parts = sent(&text(&"palavra ".repeat(2400)));
        assert!(
            parts.len() == 5 && parts[0].starts_with(r#""text","text":{"body":"(1/5) palavra"#),
            "{}",
            &parts[0][..60]
        );
    }

    #[test]
    fn up_to_three_choices_are_buttons() {
        let expected = r#""interactive","interactive":{"type":"button","body":{"text":"Is *it* solved?"},"action":{"buttons":[{"type":"reply","reply":{"id":"c0","title":"Yes"}},{"type":"reply","reply":{"id":"c1","title":"Falar com um atende…"}}]}}"#;
        assert_eq!(sent(&choose("Is **it** solved?", &["Yes", "Falar com um atendente"])), [expected]);
    }

    #[test]
    fn up_to_ten_choices_are_a_list_with_whole_labels_below_short_titles() {
        let expected = r#""interactive","interactive":{"type":"list","body":{"text":"Setor?"},"action":{"button":"Opções","sections":[{"rows":[{"id":"c0","title":"Vendas"},{"id":"c1","title":"Suporte"},{"id":"c2","title":"Financeiro"},{"id":"c3","title":"Segunda via de boleto e…","description":"Segunda via de boleto em atraso"}]}]}}"#;
        assert_eq!(
            sent(&choose("Setor?", &["Vendas", "Suporte", "Financeiro", "Segunda via de boleto em atraso"])),
            [expected]
        );
        let english = Outbound { locale: "en".into(), ..choose("", &["a", "b", "c", "d"]) };
        let body = sent(&english).remove(0);
        assert!(body.contains(r#""body":{"text":"Choose an option:"},"action":{"button":"Options""#), "{body}");
    }

    #[test]
    fn more_or_unacceptable_choices_are_numbered_text() {
        let labels: Vec<String> = (1..=11).map(|n| format!("op {n}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let lines: Vec<String> = (1..=11).map(|n| format!("{n}. op {n}")).collect();
        assert_eq!(sent(&choose("Qual?", &labels)), [text_body(&format!("Qual?\n\n{}", lines.join("\n")))]);
        let mut twice = choose("Qual?", &["a", "b"]);
        twice.choices[1].id = "c0".into();
        assert_eq!(sent(&twice), [text_body("Qual?\n\n1. a\n2. b")]);
    }

    #[test]
    fn buttons_that_would_look_alike_become_a_list() {
        let body = sent(&choose("Qual?", &["Plano residencial familiar A", "Plano residencial familiar B"])).remove(0);
        assert!(
            body.contains(r#""type":"list""#) && body.contains(r#""description":"Plano residencial familiar B""#),
            "{body}"
        );
    }

    #[test]
    fn a_long_question_goes_first_and_the_buttons_follow() {
        let long = "palavra ".repeat(200);
        let parts = sent(&choose(&long, &["Sim"]));
        assert_eq!(parts[0], text_body(long.trim()));
        assert!(parts.len() == 2 && parts[1].contains(r#""body":{"text":"Escolha uma opção:"}"#));
    }

    #[test]
    fn files_go_by_link_with_the_captions_their_kind_takes() {
        for (kind, mime, caption, expected) in [
            (Kind::Image, "image/jpeg", Some("**c**"), r#""image","image":{"link":"https://a.br/f","caption":"*c*"}"#),
            (Kind::Video, "video/mp4", None, r#""video","video":{"link":"https://a.br/f"}"#),
            (
                Kind::Document,
                "application/pdf",
                Some("c"),
                r#""document","document":{"link":"https://a.br/f","filename":"a.pdf","caption":"c"}"#,
            ),
            (Kind::Image, "image/gif", None, r#""document","document":{"link":"https://a.br/f","filename":"a.pdf"}"#),
            (Kind::Voice, "audio/ogg; codecs=opus", None, r#""audio","audio":{"link":"https://a.br/f"}"#),
            (Kind::Sticker, "image/webp", None, r#""sticker","sticker":{"link":"https://a.br/f"}"#),
        ] {
            assert_eq!(sent(&Outbound { media: vec![file(kind, mime, caption)], ..message() }), [expected]);
        }
        let note = Outbound { media: vec![file(Kind::Location, "text/plain", None)], ..message() };
        assert_eq!(bodies(&note).unwrap_err().code, "unsupported_media");
    }

    #[test]
    fn words_become_the_caption_of_a_lone_file_that_takes_one() {
        let with = |text: &str, media: Vec<OutboundMedia>| sent(&Outbound { text: text.into(), media, ..message() });
        let image = || file(Kind::Image, "image/png", None);
        assert_eq!(
            with("**veja**", vec![image()]),
            [r#""image","image":{"link":"https://a.br/f","caption":"*veja*"}"#]
        );
        let bare = r#""image","image":{"link":"https://a.br/f"}"#.to_owned();
        assert_eq!(with("veja", vec![image(), image()]), [text_body("veja"), bare.clone(), bare.clone()]);
        let long = "a".repeat(1025);
        assert_eq!(with(&long, vec![image()]), [text_body(&long), bare]);
        let audio = r#""audio","audio":{"link":"https://a.br/f"}"#.to_owned();
        assert_eq!(
            with("ouça", vec![file(Kind::Audio, "audio/mpeg", Some("c"))]),
            [text_body("ouça"), audio.clone(), text_body("c")]
        );
        assert_eq!(with("ouça", vec![file(Kind::Audio, "audio/mpeg", None)]), [text_body("ouça"), audio]);
        let own = r#""image","image":{"link":"https://a.br/f","caption":"c"}"#.to_owned();
        assert_eq!(with("veja", vec![file(Kind::Image, "image/png", Some("c"))]), [text_body("veja"), own]);
    }

    #[test]
    fn with_choices_the_files_come_first() {
        let both = Outbound { media: vec![file(Kind::Image, "image/png", None)], ..choose("Serve?", &["Sim"]) };
        let parts = sent(&both);
        assert!(parts.len() == 2 && parts[0].starts_with("\"image\"") && parts[1].starts_with("\"interactive\""));
    }

    #[test]
    fn a_template_goes_alone_with_its_parameters_on_one_line() {
        let template = object!({"name": "ticket_followup", "language": "pt_BR", "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Marina\n\tPrado     Lima"}, {"type": "text", "parameter_name": "ticket", "text": "8841"}]},
            {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "resume:8841"}]}]});
        let parts = sent(&Outbound { template: Some(template), ..text("never sent") });
        let expected = r#""template","template":{"components":[{"parameters":[{"text":"Marina Prado Lima","type":"text"},{"parameter_name":"ticket","text":"8841","type":"text"}],"type":"body"},{"index":"0","parameters":[{"payload":"resume:8841","type":"payload"}],"sub_type":"quick_reply","type":"button"}],"language":{"code":"pt_BR"},"name":"ticket_followup"}"#;
        assert_eq!(parts, [expected]);
        for wrong in [
            object!([]),
            object!({"name": "x"}),
            object!({"language": {"code": "en"}}),
            object!({"name": "x", "language": {}}),
        ] {
            assert_eq!(bodies(&Outbound { template: Some(wrong), ..message() }).unwrap_err().code, "invalid_template");
        }
    }

    #[test]
    fn nothing_is_not_sent() {
        assert_eq!(bodies(&text(" \n")).unwrap_err().code, "empty");
    }

    #[test]
    fn an_overlong_callback_is_left_out_rather_than_refused_by_the_provider() {
        let body = bodies(&Outbound { callback: "x".repeat(513), ..text("oi") }).unwrap().remove(0);
        assert!(!String::from_utf8(body).unwrap().contains("biz_opaque"));
    }

    proptest! {
        #[test]
        fn no_limit_of_the_provider_is_ever_passed(text in "(\\PC|palavra |\\*\\*|\n){0,700}", labels in proptest::collection::vec("\\PC{0,40}", 0..13)) {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            for body in bodies(&choose(&text, &labels)).into_iter().flatten() {
                let body: Value = serde_json::from_slice(&body).unwrap();
                let length = |at: &str| utf16(body.pointer(at).and_then(Value::as_str).unwrap_or_default());
                prop_assert!(length("/text/body") <= TEXT && length("/interactive/body/text") <= INTERACTIVE);
                for index in 0..10 {
                    let button = format!("/interactive/action/buttons/{index}/reply/title");
                    let row = format!("/interactive/action/sections/0/rows/{index}");
                    prop_assert!(length(&button) <= BUTTON_TITLE && length(&(row.clone() + "/title")) <= ROW_TITLE);
                    prop_assert!(length(&(row + "/description")) <= ROW_DESCRIPTION);
                }
            }
        }
    }
}
