//! `GET /api/channels/kinds`: what each kind of channel is made of, for whoever draws a form of it. The adapters have the last word
//! on values; what a kind of channel is *able* to do is theirs alone.

use actix_web::HttpResponse;
use actix_web::web;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::api::caller::Caller;
use crate::api::problem::Problem;
use crate::auth::roles::Permission;
use crate::lang::Lang;
use crate::settings::words::Words;

#[derive(OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

/// Before the paths of single channels: "kinds" is no id.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/channels/kinds").route(web::get().to(list)));
}

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Text,
    Digits,
    Url,
    /// Of texts.
    List,
}

/// One credential or setting.
pub struct Field {
    pub name: &'static str,
    required: bool,
    secret: bool,
    form: Form,
    generate: bool,
    pt: Words,
    en: Words,
}

const NOTHING: Words = Words { label: "", help: "" };
/// An optional text that is no secret.
const TEXT: Field =
    Field { name: "", required: false, secret: false, form: Form::Text, generate: false, pt: NOTHING, en: NOTHING };

/// A kind of channel at one provider.
pub struct Kind {
    pub kind: &'static str,
    pub provider: &'static str,
    pt: Words,
    en: Words,
    pub credentials: &'static [Field],
    settings: &'static [Field],
}

/// Those this installation can talk to.
pub const KINDS: &[Kind] = &[
    Kind {
        kind: "whatsapp",
        provider: "cloud",
        pt: Words { label: "WhatsApp Cloud API", help: "O WhatsApp oficial da Meta, com o número da empresa." },
        en: Words { label: "WhatsApp Cloud API", help: "Meta's official WhatsApp, with the company's number." },
        credentials: &[
            Field {
                name: "phone_number_id",
                required: true,
                form: Form::Digits,
                pt: Words {
                    label: "Identificação do número",
                    help: "Só dígitos. Na Meta: WhatsApp › Configuração da API. Não é o número do telefone.",
                },
                en: Words {
                    label: "Phone number ID",
                    help: "Digits only. At Meta: WhatsApp › API setup. It is not the phone number.",
                },
                ..TEXT
            },
            Field {
                name: "business_account_id",
                form: Form::Digits,
                pt: Words {
                    label: "Identificação da conta comercial", help: "Necessária para modelos de mensagem."
                },
                en: Words { label: "Business account ID", help: "Needed for message templates." },
                ..TEXT
            },
            Field {
                name: "access_token",
                required: true,
                secret: true,
                pt: Words {
                    label: "Token de acesso",
                    help: "De um usuário do sistema, sem prazo: o token temporário da Meta vence em 24 horas.",
                },
                en: Words {
                    label: "Access token",
                    help: "Of a system user, without expiry: Meta's temporary token ends after 24 hours.",
                },
                ..TEXT
            },
            Field {
                name: "app_secret",
                required: true,
                secret: true,
                pt: Words {
                    label: "Chave secreta do app",
                    help: "Na Meta: Configurações do app › Básico. Confirma que os avisos vêm da Meta.",
                },
                en: Words {
                    label: "App secret",
                    help: "At Meta: App settings › Basic. It proves that notices come from Meta.",
                },
                ..TEXT
            },
            Field {
                name: "verify_token",
                required: true,
                secret: true,
                generate: true,
                pt: Words {
                    label: "Token de verificação",
                    help: "Você inventa, e repete na Meta ao cadastrar o webhook. Gere e copie antes de salvar.",
                },
                en: Words {
                    label: "Verify token",
                    help: "You make it up and repeat it at Meta when entering the webhook. Generate and copy it before saving.",
                },
                ..TEXT
            },
        ],
        settings: &[
            Field {
                name: "api_version",
                pt: Words { label: "Versão da API", help: "Padrão: v25.0" },
                en: Words { label: "API version", help: "Default: v25.0" },
                ..TEXT
            },
            Field {
                name: "api_base_url",
                form: Form::Url,
                pt: Words { label: "Endereço da API", help: "Só para gateways próprios e testes." },
                en: Words { label: "API address", help: "Only for your own gateways and for tests." },
                ..TEXT
            },
        ],
    },
    Kind {
        kind: "web",
        provider: "web",
        pt: Words { label: "Chat do site", help: "Um botão de conversa no seu site, com uma linha de código." },
        en: Words { label: "Web chat", help: "A chat button on your site, with one line of code." },
        credentials: &[
            Field {
                name: "allowed_origins",
                form: Form::List,
                pt: Words {
                    label: "Sites permitidos",
                    help: "Um endereço como https://www.loja.com.br, ou *.loja.com.br. Vazio: qualquer site.",
                },
                en: Words {
                    label: "Allowed sites",
                    help: "An address like https://www.shop.com, or *.shop.com. Empty: any site.",
                },
                ..TEXT
            },
            Field {
                name: "identity_secret",
                secret: true,
                generate: true,
                pt: Words {
                    label: "Segredo de identidade",
                    help: "Seu servidor assina com ele o código do visitante (HMAC-SHA256).",
                },
                en: Words {
                    label: "Identity secret",
                    help: "Your server signs the visitor's id with it (HMAC-SHA256).",
                },
                ..TEXT
            },
        ],
        settings: &[],
    },
    Kind {
        kind: "api",
        provider: "api",
        pt: Words { label: "API", help: "Qualquer sistema seu envia e recebe mensagens por HTTP." },
        en: Words { label: "API", help: "Any system of yours sends and receives messages over HTTP." },
        credentials: &[
            Field {
                name: "webhook_url",
                form: Form::Url,
                pt: Words { label: "Endereço do webhook", help: "Recebe cada resposta por POST." },
                en: Words { label: "Webhook address", help: "Receives each answer by POST." },
                ..TEXT
            },
            Field {
                name: "webhook_secret",
                secret: true,
                generate: true,
                pt: Words {
                    label: "Segredo do webhook",
                    help: "Com ele seu sistema confere a assinatura (Standard Webhooks).",
                },
                en: Words {
                    label: "Webhook secret",
                    help: "With it your system checks the signature (Standard Webhooks).",
                },
                ..TEXT
            },
        ],
        settings: &[],
    },
];

/// The one of a channel.
pub fn of(kind: &str, provider: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.kind == kind && known.provider == provider)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KindView {
    pub kind: &'static str,
    pub provider: &'static str,
    /// In the language of `Accept-Language`; so are the other words.
    pub label: &'static str,
    pub text: &'static str,
    pub credentials: Vec<FieldView>,
    /// Those every channel of the kind may have; the look of the widget is beside them.
    pub settings: Vec<FieldView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub required: bool,
    /// Goes in and is never shown again.
    pub secret: bool,
    pub form: Form,
    /// Ours to choose: any random text will do.
    pub generate: bool,
}

impl FieldView {
    fn of(field: &Field, lang: Lang) -> Self {
        let words = if lang == Lang::En { field.en } else { field.pt };
        FieldView {
            name: field.name,
            label: words.label,
            help: words.help,
            required: field.required,
            secret: field.secret,
            form: field.form,
            generate: field.generate,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Kinds {
    items: Vec<KindView>,
}

/// The kinds of channels there are, with the fields each is made of.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/channels/kinds", tag = "channels",
    responses((status = 200, body = Kinds)))]
pub async fn list(caller: Caller, lang: Lang) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewChannels)?;
    let view = |kind: &Kind| {
        let words = if lang == Lang::En { kind.en } else { kind.pt };
        let fields = |fields: &[Field]| fields.iter().map(|field| FieldView::of(field, lang)).collect();
        KindView {
            kind: kind.kind,
            provider: kind.provider,
            label: words.label,
            text: words.help,
            credentials: fields(kind.credentials),
            settings: fields(kind.settings),
        }
    };
    Ok(HttpResponse::Ok().json(Kinds { items: KINDS.iter().map(view).collect() }))
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::channels::adapter;

    #[test]
    fn what_an_adapter_requires_is_told_as_required() {
        for kind in KINDS {
            let Err(missing) = adapter(kind.kind, kind.provider, &Map::new(), &Map::new()) else { continue };
            let told = kind.credentials.iter().filter(|field| field.required);
            let told: Vec<String> = told.map(|field| format!("credentials.{}", field.name)).collect();
            for error in missing {
                assert!(told.contains(&error.field), "{}: {}", kind.kind, error.field);
            }
        }
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        for kind in KINDS {
            let fields = kind.credentials.iter().chain(kind.settings).map(|field| (field.pt, field.en));
            for (pt, en) in fields.chain([(kind.pt, kind.en)]) {
                assert!(!pt.label.is_empty() && !en.label.is_empty() && pt.help.is_empty() == en.help.is_empty());
            }
        }
    }
}
