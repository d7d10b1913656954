//! How settings, their groups and choices are called and explained to people: one line per setting of the registry.

use super::keys::Key;
use crate::lang::Lang;

/// What people read about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub label: &'static str,
    /// What it does; empty when the label says it all.
    pub help: &'static str,
}

struct Word {
    name: &'static str,
    pt: Words,
    en: Words,
}

const fn word(
    name: &'static str,
    pt: &'static str,
    pt_help: &'static str,
    en: &'static str,
    en_help: &'static str,
) -> Word {
    Word { name, pt: Words { label: pt, help: pt_help }, en: Words { label: en, help: en_help } }
}

/// A setting's words; its name where it has none.
pub fn of(key: &Key, lang: Lang) -> Words {
    match (WORDS.iter().find(|word| word.name == key.name), lang) {
        (Some(word), Lang::Pt) => word.pt,
        (Some(word), Lang::En) => word.en,
        (None, _) => Words { label: key.name, help: "" },
    }
}

/// The heading of a group.
pub fn of_group(group: &'static str, lang: Lang) -> &'static str {
    named(GROUPS, group, lang)
}

/// A value of a choice.
pub fn of_choice(value: &'static str, lang: Lang) -> &'static str {
    named(CHOICES, value, lang)
}

fn named(words: &[(&str, &'static str, &'static str)], name: &'static str, lang: Lang) -> &'static str {
    words.iter().find(|(known, ..)| *known == name).map_or(name, |(_, pt, en)| lang.pick(pt, en))
}

const GROUPS: &[(&str, &str, &str)] = &[
    ("modules", "Módulos", "Modules"),
    ("attendance", "Atendimento", "Attendance"),
    ("targets", "Metas", "Targets"),
    ("business hours", "Horário de atendimento", "Business hours"),
    ("assist", "Assistente de quem atende", "Assist"),
    ("bot", "O que o bot diz e faz", "What the bot says and does"),
    ("llm", "Inteligência artificial", "Language model"),
    ("speech", "Voz", "Speech"),
    ("whatsapp", "WhatsApp", "WhatsApp"),
    ("telegram", "Telegram", "Telegram"),
    ("teams", "Microsoft Teams", "Microsoft Teams"),
    ("google chat", "Google Chat", "Google Chat"),
    ("instagram", "Instagram", "Instagram"),
    ("sms", "SMS", "SMS"),
    ("e-mail", "E-mail", "E-mail"),
    ("meetings", "Reuniões", "Meetings"),
    ("calls", "Chamadas", "Calls"),
    ("storage", "Arquivos", "Storage"),
];

const CHOICES: &[(&str, &str, &str)] = &[
    ("low", "Baixa", "Low"),
    ("normal", "Normal", "Normal"),
    ("high", "Alta", "High"),
    ("urgent", "Urgente", "Urgent"),
    ("console", "Console", "Console"),
    ("whatsapp", "WhatsApp", "WhatsApp"),
    ("teams", "Teams", "Teams"),
    ("google_chat", "Google Chat", "Google Chat"),
    ("telegram", "Telegram", "Telegram"),
    ("slack", "Slack", "Slack"),
    ("off", "Não perguntar", "Do not ask"),
    ("csat", "Satisfação (1 a 5)", "Satisfaction (1 to 5)"),
    ("nps", "NPS (0 a 10)", "NPS (0 to 10)"),
    ("twilio", "Twilio", "Twilio"),
];

const WORDS: &[Word] = &[
    word(
        "crm-enabled",
        "CRM",
        "Contatos, negócios e histórico do cliente.",
        "CRM",
        "Contacts, deals and the customer's history.",
    ),
    word("attendance-enabled", "Atendimento por pessoas", "", "Human attendance", ""),
    word(
        "attendance-bypass-mode",
        "Direto para a fila",
        "Nenhum bot responde: toda conversa nova entra na fila.",
        "Straight to the queue",
        "No bot answers: every new conversation enters the queue.",
    ),
    word(
        "attendance-auto-transfer",
        "Transferir por palavra",
        "O bot chama uma pessoa quando o cliente usa uma das palavras abaixo.",
        "Transfer by keyword",
        "The bot calls a person when the customer uses one of the words below.",
    ),
    word(
        "attendance-transfer-keywords",
        "Palavras que chamam uma pessoa",
        "Separadas por vírgula.",
        "Words that call a person",
        "Separated by commas.",
    ),
    word(
        "attendance-queue-size",
        "Tamanho máximo da fila",
        "Da fila padrão; depois disso entra o que a fila define para quando está cheia.",
        "Largest queue",
        "Of the default queue; beyond it, what the queue does when it is full.",
    ),
    word(
        "attendance-max-wait-seconds",
        "Espera máxima",
        "Passado este tempo, a prioridade sobe e a supervisão é avisada.",
        "Longest wait",
        "After it the priority rises and supervisors are alerted.",
    ),
    word("attendance-priority-default", "Prioridade inicial", "", "Initial priority", ""),
    word(
        "attendance-auto-assign",
        "Distribuir automaticamente",
        "A fila oferece cada conversa a quem está livre; desligado, cada pessoa pega a sua.",
        "Assign automatically",
        "The queue offers each conversation to who is free; off, people take them.",
    ),
    word("attendance-default-destination", "Onde as ofertas chegam", "", "Where offers arrive", ""),
    word(
        "attendance-whatsapp-commands",
        "Comandos pelo WhatsApp",
        "A equipe atende por ali com comandos como /aceitar.",
        "Commands on WhatsApp",
        "The team serves from there with commands like /accept.",
    ),
    word("attendance-telegram-commands", "Comandos pelo Telegram", "", "Commands on Telegram", ""),
    word("attendance-teams-commands", "Comandos pelo Teams", "", "Commands on Teams", ""),
    word("attendance-slack-commands", "Comandos pelo Slack", "", "Commands on Slack", ""),
    word(
        "attendance-offer-seconds",
        "Tempo para aceitar",
        "Sem resposta, a oferta passa para outra pessoa.",
        "Time to accept",
        "Unanswered, the offer goes to somebody else.",
    ),
    word(
        "attendance-presence-grace-seconds",
        "Tolerância de conexão",
        "Quanto tempo alguém pode perder a conexão antes de ficar ausente.",
        "Connection grace",
        "How long somebody may be disconnected before they are away.",
    ),
    word(
        "attendance-pending-minutes",
        "Pendente depois de",
        "Minutos sem resposta do cliente até a conversa ficar pendente. 0: nunca.",
        "Pending after",
        "Minutes without the customer's answer. 0: never.",
    ),
    word(
        "attendance-resolve-hours",
        "Encerrar pendentes depois de",
        "0: nunca.",
        "Resolve pending ones after",
        "0: never.",
    ),
    word(
        "attendance-reopen-minutes",
        "Reabrir dentro de",
        "Se o cliente volta neste tempo, a conversa volta para quem atendeu. 0: nunca.",
        "Reopen within",
        "If the customer returns within it, the conversation goes back to who served it. 0: never.",
    ),
    word(
        "attendance-abandon-minutes",
        "Abandono depois de",
        "Visitante do chat que saiu da fila há tantos minutos. 0: nunca.",
        "Abandoned after",
        "A web visitor gone from the queue for so many minutes. 0: never.",
    ),
    word(
        "attendance-sticky-days",
        "Preferir quem já atendeu",
        "Por tantos dias o cliente volta para a mesma pessoa, se ela está livre. 0: não.",
        "Prefer who served before",
        "For so many days a customer returns to the same person, if free. 0: no.",
    ),
    word(
        "attendance-slack-webhook",
        "Alertas no Slack",
        "Endereço de um “incoming webhook”.",
        "Alerts on Slack",
        "Address of an incoming webhook.",
    ),
    word("attendance-crm-logging", "Registrar no CRM", "", "Log in the CRM", ""),
    word("attendance-log-fields", "Campos registrados", "", "Logged fields", ""),
    word("attendance-customer-fields", "Campos do cliente mostrados", "", "Customer fields shown", ""),
    word("attendance-email-notify", "Avisar por e-mail", "", "Notify by e-mail", ""),
    word("attendance-email-template", "Texto do e-mail", "", "E-mail text", ""),
    word("attendance-email-recipient", "Quem recebe", "", "Recipients", ""),
    word("attendance-email-bcc", "Cópia oculta", "", "Blind copy", ""),
    word(
        "attendance-csat",
        "Pesquisa ao encerrar",
        "No chat do site como formulário; nos outros canais como pergunta, respondida com um número.",
        "Survey at the end",
        "A form in the site's chat; a question elsewhere, answered with a number.",
    ),
    word("attendance-target-wait-seconds", "Espera", "", "Wait", ""),
    word("attendance-target-first-response-seconds", "Primeira resposta", "", "First response", ""),
    word("attendance-target-resolution-percent", "Resolvidas", "", "Resolved", ""),
    word("attendance-target-csat-percent", "Satisfação", "", "Satisfaction", ""),
    word("attendance-target-utilisation-percent", "Ocupação da equipe", "", "Utilisation", ""),
    word("attendance-target-transfers-percent", "Transferências, no máximo", "", "Transfers, at most", ""),
    word("business-hours-start", "Abre às", "", "Opens at", ""),
    word("business-hours-end", "Fecha às", "", "Closes at", ""),
    word(
        "business-hours-days",
        "Dias",
        "Como mon-fri ou seg-sex, ou seg,qua,sex.",
        "Days",
        "Like mon-fri or mon,wed,fri.",
    ),
    word("business-hours-timezone", "Fuso horário", "", "Time zone", ""),
    word(
        "business-hours-holidays",
        "Feriados",
        "Como 2026-12-25, ou 12-25 para todo ano.",
        "Holidays",
        "Like 2026-12-25, or 12-25 for every year.",
    ),
    word("attendant-llm-tips", "Dicas durante a conversa", "", "Tips during the conversation", ""),
    word("attendant-polish-message", "Melhorar o texto", "", "Polish the text", ""),
    word("attendant-smart-replies", "Sugerir respostas", "", "Suggest replies", ""),
    word("attendant-auto-summary", "Resumo da conversa", "", "Summary", ""),
    word("attendant-sentiment-analysis", "Sentimento do cliente", "", "Customer sentiment", ""),
    word("bot-greeting", "Saudação", "", "Greeting", ""),
    word("bot-fallback", "Quando não entende", "", "When it does not understand", ""),
    word("bot-apology", "Quando algo falha", "", "When something fails", ""),
    word("bot-out-of-hours", "Fora do horário", "", "Outside business hours", ""),
    word(
        "bot-description",
        "Quem é o bot",
        "Em uma frase, para quem usa e para a IA.",
        "Who the bot is",
        "In one sentence, for people and for the AI.",
    ),
    word("bot-system-prompt", "Instruções para a IA", "", "Instructions for the AI", ""),
    word(
        "bot-replies",
        "Respostas por palavra-chave",
        "A primeira linha que combina é a resposta.",
        "Keyword answers",
        "The first line that fits is the answer.",
    ),
    word(
        "bot-intents",
        "Intenções",
        "Exemplos de mensagens e a intenção de cada um.",
        "Intents",
        "Examples of messages and the intent of each.",
    ),
    word(
        "bot-http-hosts",
        "Endereços que roteiros podem chamar",
        "Como api.loja.com; *.loja.com vale para tudo abaixo, * para todos. Vazio: nenhum.",
        "Hosts that scripts may call",
        "Such as api.shop.com; *.shop.com stands for all below it, * for all. Empty: none.",
    ),
    word("bot-webhook-token", "Segredo dos webhooks dos roteiros", "", "Secret of the scripts' webhooks", ""),
    word("bot-max-failures", "Tentativas antes de uma pessoa", "", "Failures before a person", ""),
    word(
        "bot-sentiment-threshold",
        "Sensibilidade ao descontentamento",
        "De -1 a 1: abaixo deste sentimento, uma pessoa é chamada.",
        "Sensitivity to displeasure",
        "From -1 to 1: below this sentiment a person is called.",
    ),
    word("history-limit", "Mensagens dadas à IA", "", "Messages given to the AI", ""),
    word("hear-timeout-secs", "Espera por uma resposta no roteiro", "", "Wait for an answer in a script", ""),
    word("llm-url", "Endereço", "Compatível com a API da OpenAI.", "Address", "Compatible with OpenAI's API."),
    word("llm-key", "Chave", "", "Key", ""),
    word("llm-model", "Modelo", "", "Model", ""),
    word(
        "llm-temperature",
        "Temperatura",
        "0: sempre igual; 2: mais livre.",
        "Temperature",
        "0: always the same; 2: freer.",
    ),
    word("llm-max-tokens", "Tamanho máximo da resposta, em tokens", "", "Longest answer, in tokens", ""),
    word("llm-timeout-secs", "Tempo limite", "", "Time limit", ""),
    word("llm-daily-budget", "Gasto máximo por dia", "", "Daily budget", ""),
    word("llm-cache", "Reaproveitar respostas iguais", "", "Reuse equal answers", ""),
    word("embeddings-url", "Endereço dos embeddings", "", "Embeddings address", ""),
    word("embeddings-key", "Chave dos embeddings", "", "Embeddings key", ""),
    word("embeddings-model", "Modelo dos embeddings", "", "Embeddings model", ""),
    word("botmodels-url", "Endereço do BotModels", "", "BotModels address", ""),
    word("botmodels-api-key", "Chave do BotModels", "", "BotModels key", ""),
    word("stt-url", "Transcrição: endereço", "", "Transcription: address", ""),
    word("stt-key", "Transcrição: chave", "", "Transcription: key", ""),
    word("stt-model", "Transcrição: modelo", "", "Transcription: model", ""),
    word("tts-url", "Fala: endereço", "", "Speech: address", ""),
    word("tts-key", "Fala: chave", "", "Speech: key", ""),
    word("tts-model", "Fala: modelo", "", "Speech: model", ""),
    word("tts-voice", "Voz", "", "Voice", ""),
    word("whatsapp-voice-response", "Responder com áudio", "", "Answer with audio", ""),
    word(
        "whatsapp-api-key",
        "Token de acesso",
        "Com os outros quatro, cria o canal do bot. Mais simples: Ajustes › Canais.",
        "Access token",
        "With the other four it makes the bot's channel. Simpler: Settings › Channels.",
    ),
    word("whatsapp-phone-number-id", "Identificação do número", "", "Phone number ID", ""),
    word("whatsapp-business-account-id", "Identificação da conta comercial", "", "Business account ID", ""),
    word("whatsapp-verify-token", "Token de verificação", "", "Verify token", ""),
    word("whatsapp-app-secret", "Chave secreta do app", "", "App secret", ""),
    word("whatsapp-api-version", "Versão da API", "", "API version", ""),
    word("telegram-bot-token", "Token do bot", "", "Bot token", ""),
    word("telegram-secret-token", "Token secreto", "", "Secret token", ""),
    word("teams-enabled", "Usar o Teams", "", "Use Teams", ""),
    word("teams-app-id", "Identificação do app", "", "App ID", ""),
    word("teams-app-password", "Senha do app", "", "App password", ""),
    word("teams-tenant-id", "Identificação do locatário", "", "Tenant ID", ""),
    word("teams-bot-id", "Identificação do bot", "", "Bot ID", ""),
    word("teams-voice-enabled", "Chamadas de voz", "", "Voice calls", ""),
    word("teams-meeting-enabled", "Reuniões", "", "Meetings", ""),
    word("google-chat-enabled", "Usar o Google Chat", "", "Use Google Chat", ""),
    word("google-chat-bot-token", "Token do bot", "", "Bot token", ""),
    word("google-chat-space-id", "Identificação do espaço", "", "Space ID", ""),
    word("instagram-enabled", "Usar o Instagram", "", "Use Instagram", ""),
    word("instagram-access-token", "Token de acesso", "", "Access token", ""),
    word("instagram-app-secret", "Chave secreta do app", "", "App secret", ""),
    word("instagram-webhook-verify-token", "Token de verificação", "", "Verify token", ""),
    word("sms-provider", "Provedor", "", "Provider", ""),
    word("twilio-account-sid", "Account SID", "", "Account SID", ""),
    word("twilio-auth-token", "Auth token", "", "Auth token", ""),
    word("twilio-from", "Número de envio", "", "Sender number", ""),
    word("email-smtp-host", "Envio: servidor", "", "Outgoing: server", ""),
    word("email-smtp-port", "Envio: porta", "", "Outgoing: port", ""),
    word("email-smtp-user", "Envio: usuário", "", "Outgoing: user", ""),
    word("email-smtp-password", "Envio: senha", "", "Outgoing: password", ""),
    word("email-from", "Remetente", "", "Sender", ""),
    word("email-imap-host", "Recebimento: servidor", "", "Incoming: server", ""),
    word("email-imap-port", "Recebimento: porta", "", "Incoming: port", ""),
    word("email-imap-user", "Recebimento: usuário", "", "Incoming: user", ""),
    word("email-imap-password", "Recebimento: senha", "", "Incoming: password", ""),
    word("livekit-url", "Endereço do LiveKit", "", "LiveKit address", ""),
    word("livekit-api-key", "Chave do LiveKit", "", "LiveKit key", ""),
    word("livekit-api-secret", "Segredo do LiveKit", "", "LiveKit secret", ""),
    word("livekit-room-prefix", "Prefixo das salas", "", "Room prefix", ""),
    word("livekit-recording-enabled", "Gravar reuniões", "", "Record meetings", ""),
    word("livekit-storage-bucket", "Onde ficam as gravações", "", "Where recordings are kept", ""),
    word("livekit-transcription-enabled", "Transcrever reuniões", "", "Transcribe meetings", ""),
    word("transcription-language", "Idioma da transcrição", "", "Transcription language", ""),
    word("sip-enabled", "Usar telefonia SIP", "", "Use SIP telephony", ""),
    word("sip-trunk-name", "Tronco", "", "Trunk", ""),
    word("sip-phone-number", "Número", "", "Number", ""),
    word("sip-inbound-route", "Rota de entrada", "", "Inbound route", ""),
    word("sip-outbound-route", "Rota de saída", "", "Outbound route", ""),
    word(
        "storage-url",
        "Onde ficam os arquivos",
        "file:media neste servidor, ou s3://balde?endpoint=…",
        "Where files are kept",
        "file:media on this server, or s3://bucket?endpoint=…",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::keys::{KEYS, Kind};

    #[test]
    fn every_setting_has_its_words_and_no_words_are_without_one() {
        let keys: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
        let worded: BTreeSet<&str> = WORDS.iter().map(|word| word.name).collect();
        assert_eq!(worded, keys);
        let groups: BTreeSet<&str> = KEYS.iter().map(|key| key.group).collect();
        assert_eq!(GROUPS.iter().map(|(name, ..)| *name).collect::<BTreeSet<_>>(), groups);
        let choices = KEYS.iter().filter_map(|key| match key.kind {
            Kind::Choice(choices) => Some(choices.iter().copied()),
            _ => None,
        });
        assert_eq!(CHOICES.iter().map(|(name, ..)| *name).collect::<BTreeSet<_>>(), choices.flatten().collect());
    }

    #[test]
    fn what_is_explained_is_explained_in_both_languages() {
        for word in WORDS {
            assert!(!word.pt.label.is_empty() && !word.en.label.is_empty(), "{}", word.name);
            assert_eq!(word.pt.help.is_empty(), word.en.help.is_empty(), "{}", word.name);
        }
    }
}
