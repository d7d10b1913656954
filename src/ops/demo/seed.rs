//! What the shop begins with: people, queues, bot, channels, canned responses, and two weeks of finished conversations, so
//! that lists and the dashboard have something to show. The same at every start of a fresh demo, but for its secrets.

use std::time::Duration;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::dialogues::{Dialogue, spoken};
use super::people::{self, ADMIN, Customer, QUEUES, SHOP, STAFF, Staff, Via};
use crate::attendants::store::{self as accounts, User};
use crate::auth::password;
use crate::auth::roles::Role;
use crate::auth::setup::{self, NewOrganization};
use crate::bot::store as bots;
use crate::canned::store::{self as canned, Canned};
use crate::catalog::ChannelEntry;
use crate::channels::adapter::{Address, Kind, Peer};
use crate::channels::store::{self as channels, ChannelRow};
use crate::channels::{open_credentials, seal_credentials};
use crate::clock::Timestamp;
use crate::contacts::identity;
use crate::contacts::store as contacts;
use crate::conversations::store::{self as conversations, HistoryRow, Rows};
use crate::conversations::{
    Cause, Conversation, Direction, Handoff, Message, MessageStatus, SenderKind, Session, Status,
};
use crate::ids::*;
use crate::leads::store as leads;
use crate::leads::{LeadStage, LeadStatus, Origin};
use crate::queues::hours::HoursShape;
use crate::queues::routing::Skill;
use crate::queues::store::{self as queues, Member, Queue};
use crate::ratings::Scale;
use crate::ratings::store::{self as ratings, Rating};
use crate::services::Services;
use crate::skills::store::{self as skills, SkillRow};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};
use crate::users::blank;
use crate::vault::{Secret, Vault};

/// How far back the finished conversations reach.
const DAYS: u64 = 14;
/// The last hours belong to the live floor, and lie between two conversations of one customer.
const LIVE: Duration = Duration::from_secs(2 * 3600);
const SEED: u64 = 20;

pub const PHONE_NUMBER_ID: &str = "410000000000077";
const ACCESS_TOKEN: &str = "EAAdemo-stand-in";

/// Where the simulation knocks.
#[derive(Debug, Clone)]
pub struct Doors {
    pub whatsapp: ChannelId,
    pub app_secret: String,
    pub web: ChannelId,
    pub identity_secret: String,
    pub api: ChannelId,
}

const CANNED: [(&str, &str); 6] = [
    ("saudacao", "Olá, {{name}}! Aqui é da Loja Aurora. Como posso ajudar?"),
    ("prazo", "O prazo de entrega é de 3 a 7 dias úteis, e o rastreio chega por aqui assim que o pedido sai."),
    ("troca", "A primeira troca é por nossa conta, em até 30 dias. Posso agendar a coleta no seu endereço?"),
    ("boleto", "Enviei a segunda via do boleto para o seu e-mail. Se preferir Pix, é só me avisar."),
    ("aguarde", "Um instante, {{name}}, já estou verificando para você."),
    ("despedida", "Foi um prazer falar com você, {{name}}. Conte com a Loja Aurora!"),
];

const REPLIES: &str = "horário, aberto, abertos, abrem => Atendemos todos os dias, a qualquer hora. A loja da Rua das Flores abre das 10h às 20h.
rastreio, rastrear, entrega => O rastreio fica em Minha conta > Pedidos. Se quiser, escreva *suporte* e chame um atendente.
endereço, loja física => Estamos na Rua das Flores, 120, no centro de São Paulo. Esperamos sua visita!
promoção, desconto => A promoção da semana vale até domingo: 15% em cozinha e mesa com o cupom AURORA15.
parcelam, parcelar, pagamento => Aceitamos Pix com 5% de desconto, boleto à vista e cartão em até 6x sem juros.
troca, trocar => A primeira troca é grátis em até 30 dias. Para começar, peça um atendente.
pedido => Posso ajudar com o seu pedido. Me conte o que aconteceu, ou peça um atendente.
obrigado, obrigada, brigado, brigada, valeu, agradeço => Por nada! Conte com a gente 💜
thanks, thank you, cheers => You are welcome 💜
shipping, ship, order, invoice => I can help with that. For anything special, ask for a *human*.";

/// Makes the shop unless it is there.
pub async fn shop(services: &Services, secret: &Secret, dialogues: &[Dialogue]) -> Result<()> {
    if !setup::needed(services).await? {
        return Ok(());
    }
    let typed = secret.clone();
    let hash = tokio::task::spawn_blocking(move || password::hash(typed.expose())).await??;
    let (now, vault) = (services.clock.now(), services.vault.clone());
    let dialogues = dialogues.to_vec();
    services
        .store
        .write("demo.seed", move |tx| {
            let shop = furnish(tx, &vault, &hash, now)?;
            past(tx, &shop, &dialogues, now)
        })
        .await
        .context("cannot furnish the shop")?;
    services.catalog.load().await?;
    Ok(())
}

/// Tells the WhatsApp channel where its provider is in this run, and finds every door.
pub async fn doors(services: &Services, graph: &str) -> Result<Doors> {
    let (now, graph) = (services.clock.now(), graph.to_owned());
    let all = services.catalog.organizations();
    let shop = all.first().context("the demo has no organization")?.clone();
    let of_kind = |kind: &str| {
        let found = shop.channels.values().find(|entry| entry.row.kind == kind);
        found.with_context(|| format!("the demo has no {kind} channel; --fresh begins anew"))
    };
    let credential = |entry: &ChannelEntry, name: &str| {
        let told = entry.credentials.get(name).and_then(Value::as_str);
        told.map(str::to_owned).with_context(|| format!("the {} channel has no {name}", entry.row.kind))
    };
    let (whatsapp, web, api) = (of_kind("whatsapp")?, of_kind("web")?, of_kind("api")?);
    let doors = Doors {
        whatsapp: whatsapp.row.id,
        app_secret: credential(whatsapp, "app_secret")?,
        web: web.row.id,
        identity_secret: credential(web, "identity_secret")?,
        api: api.row.id,
    };
    let (whatsapp, api, vault) = (whatsapp.row.clone(), api.row.clone(), services.vault.clone());
    services
        .store
        .write("demo.providers", move |tx| {
            let mut row = ChannelRow { version: whatsapp.version + 1, updated_at: now, ..whatsapp.clone() };
            row.settings.0.insert("api_base_url".to_owned(), graph.clone().into());
            channels::update(tx.db, &row)?;
            let mut row = ChannelRow { version: api.version + 1, updated_at: now, ..api.clone() };
            let opened = open_credentials(&vault, &row);
            let mut credentials = opened.map_err(|error| StoreError::Internal(error.to_string()))?;
            credentials.insert("webhook_url".to_owned(), format!("{graph}/app").into());
            row.credentials = seal_credentials(&vault, row.id, &credentials);
            channels::update(tx.db, &row)?;
            Ok(())
        })
        .await?;
    services.catalog.load().await?;
    Ok(doors)
}

/// What the past is written with.
struct Shop {
    organization: OrganizationId,
    bot: bots::Bot,
    channels: Vec<ChannelRow>,
    queues: Vec<Queue>,
    staff: Vec<(Staff, User)>,
}

fn furnish(tx: &mut Tx<'_>, vault: &Vault, password_hash: &str, now: Timestamp) -> Result<Shop, StoreError> {
    let new = NewOrganization {
        name: SHOP.to_owned(),
        is_operator: true,
        admin_name: ADMIN.name.to_owned(),
        admin_email: ADMIN.email.to_owned(),
        password_hash: password_hash.to_owned(),
        locale: "pt-BR".to_owned(),
        web_channel: true,
    };
    let made = setup::create_organization(tx, vault, &new, now)?;
    let organization = made.organization;
    let bot = bot(tx, organization, made.bot, now)?;
    let mut staff = Vec::new();
    for person in STAFF {
        let mut user = blank(organization, person.name, person.role, now);
        user.email = Some(person.email.to_owned());
        user.password_hash = Some(password_hash.to_owned());
        user.department = Some(person.department.to_owned());
        user.aliases = Json(person.aliases.iter().map(|alias| (*alias).to_owned()).collect());
        user.skills = Json(person.skills.iter().map(|(name, level)| skill(name, *level)).collect());
        accounts::insert(tx.db, &user)?;
        staff.push((person, user));
    }
    for name in ["suporte", "financeiro", "inglês"] {
        let row =
            SkillRow { id: RecordId::new(), organization_id: organization, name: name.to_owned(), created_at: now };
        skills::insert(tx.db, &row)?;
    }
    let queues = lines(tx, organization, made.queue, &staff, now)?;
    for (name, text) in CANNED {
        let row = Canned {
            id: RecordId::new(),
            organization_id: organization,
            name: name.to_owned(),
            text: text.to_owned(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        canned::insert(tx.db, &row)?;
    }
    let channels = ways(tx, vault, organization, bot.id, made.channel, now)?;
    Ok(Shop { organization, bot, channels, queues, staff })
}

fn skill(name: &str, level: u8) -> Skill {
    Skill { name: name.to_owned(), level }
}

fn bot(tx: &mut Tx<'_>, organization: OrganizationId, id: BotId, now: Timestamp) -> Result<bots::Bot, StoreError> {
    let found = bots::of_organization(tx.db, organization)?.into_iter().find(|bot| bot.id == id);
    let mut bot = found.ok_or(StoreError::NotFound)?;
    bot.name = "Lume".to_owned();
    let said = [
        (
            "bot-greeting",
            "Olá! Sou o Lume, assistente da Loja Aurora ✨ Conte como posso ajudar, ou peça um *atendente*.",
        ),
        (
            "bot-greeting-en",
            "Hello! I am Lume, Loja Aurora's assistant ✨ Tell me how I can help, or ask for a *human*.",
        ),
        ("bot-fallback", "Ainda não sei responder isso. Pode dizer de outro jeito, ou escrever *atendente*?"),
        ("bot-replies", REPLIES),
        ("attendance-sticky-days", "7"),
    ];
    bot.settings = Json(said.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    bot.version += 1;
    bot.updated_at = now;
    bots::update(tx.db, &bot)?;
    Ok(bot)
}

/// The queues, open at any hour; the first is the one that every organization begins with.
fn lines(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    first: QueueId,
    staff: &[(Staff, User)],
    now: Timestamp,
) -> Result<Vec<Queue>, StoreError> {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let always = HoursShape {
        timezone: "America/Sao_Paulo".to_owned(),
        week: days.map(|day| (day.to_owned(), vec![["00:00".to_owned(), "24:00".to_owned()]])).into(),
        holidays: Vec::new(),
    };
    let found = queues::of_organization(tx.db, organization)?.into_iter().find(|queue| queue.id == first);
    let pattern = found.ok_or(StoreError::NotFound)?;
    for member in queues::members_of_organization(tx.db, organization)? {
        queues::remove_member(tx.db, organization, member.queue_id, member.user_id)?;
    }
    let mut all = Vec::new();
    for (place, line) in (1..).zip(QUEUES) {
        let is_first = place == 1;
        let queue = Queue {
            id: if is_first { first } else { QueueId::new() },
            name: line.name.to_owned(),
            description: line.description.to_owned(),
            priority_order: place,
            skills: Json(line.skill.iter().map(|(name, level)| skill(name, *level)).collect()),
            hours: Some(Json(always.clone())),
            topics: Json(line.topics.iter().map(|topic| (*topic).to_owned()).collect()),
            version: if is_first { pattern.version + 1 } else { 1 },
            ..pattern.clone()
        };
        if is_first {
            queues::update(tx.db, &queue)?;
        } else {
            queues::insert(tx.db, &queue)?;
        }
        for (person, user) in staff.iter().filter(|(person, _)| person.queues.contains(&line.name)) {
            let member = Member {
                organization_id: organization,
                queue_id: queue.id,
                user_id: user.id,
                is_active: true,
                max_conversations: person.at_once,
                priority: 0,
                created_at: now,
            };
            queues::put_member(tx.db, &member)?;
        }
        all.push(queue);
    }
    Ok(all)
}

/// The channels: the site's chat that every organization begins with, WhatsApp, and the shop's app.
fn ways(
    tx: &mut Tx<'_>,
    vault: &Vault,
    organization: OrganizationId,
    bot: BotId,
    site: Option<ChannelId>,
    now: Timestamp,
) -> Result<Vec<ChannelRow>, StoreError> {
    let found = channels::of_organization(tx.db, organization)?.into_iter().find(|row| Some(row.id) == site);
    let site = found.ok_or(StoreError::NotFound)?;
    let fresh = || hex::encode(rand::random::<[u8; 16]>());
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    let sealed = |row: &mut ChannelRow, credentials: Map<String, Value>| {
        let hint = |name: &String| (name.clone(), json!({"set": true, "last4": "demo"}));
        row.credentials_hint = Json(credentials.keys().map(hint).collect());
        row.credentials = seal_credentials(vault, row.id, &credentials);
    };
    let mut web = ChannelRow { name: "Site da loja".to_owned(), version: site.version + 1, ..site.clone() };
    web.settings = Json(object(json!({"title": SHOP, "color": "#6d3fc0", "subtitle": "Respondemos na hora"})));
    sealed(&mut web, object(json!({"identity_secret": fresh()})));
    channels::update(tx.db, &web)?;
    let other = |kind: &str, provider: &str, name: &str| ChannelRow {
        id: ChannelId::new(),
        bot_id: bot,
        kind: kind.to_owned(),
        provider: provider.to_owned(),
        name: name.to_owned(),
        settings: Json(Map::new()),
        version: 1,
        created_at: now,
        ..site.clone()
    };
    let mut whatsapp = other("whatsapp", "cloud", "WhatsApp da loja");
    let credentials = json!({"access_token": ACCESS_TOKEN, "phone_number_id": PHONE_NUMBER_ID, "app_secret": fresh(), "verify_token": fresh()});
    sealed(&mut whatsapp, object(credentials));
    channels::insert(tx.db, &whatsapp)?;
    let mut app = other("api", "api", "Aplicativo da loja");
    sealed(&mut app, object(json!({"webhook_secret": fresh()})));
    channels::insert(tx.db, &app)?;
    Ok(vec![whatsapp, web, app])
}

/// A customer of the past, as the channel's adapter would name them.
fn peer(customer: &Customer) -> Peer {
    let address = match customer.via {
        Via::WhatsApp => Address { kind: "whatsapp".into(), value: customer.phone.trim_start_matches('+').into() },
        Via::Web => Address { kind: "web_user".into(), value: customer.id.clone() },
        Via::Api => Address { kind: "api".into(), value: customer.id.clone() },
    };
    Peer {
        addresses: vec![address],
        name: Some(customer.name.to_owned()),
        phone: Some(customer.phone.clone()),
        email: Some(customer.email.clone()),
    }
}

/// Everybody has written before, some more than once.
fn past(tx: &mut Tx<'_>, shop: &Shop, dialogues: &[Dialogue], now: Timestamp) -> Result<(), StoreError> {
    let mut rng = StdRng::seed_from_u64(SEED);
    for customer in people::customers() {
        let row = shop.channels.iter().find(|row| row.kind == customer.via.kind()).ok_or(StoreError::NotFound)?;
        let entry = ChannelEntry { row: row.clone(), adapter: None, credentials: Map::new() };
        let began = now - Duration::from_secs(DAYS * 24 * 3600 + rng.random_range(0..40 * 24 * 3600));
        let (id, contact) = identity::resolve_session(tx, &entry, &peer(&customer), Some(&Origin::default()), began)?;
        describe(tx, shop.organization, contact, &customer, &mut rng)?;
        let Some(Conversation { session, .. }) = conversations::load(tx.db, id)? else { continue };
        let suits: Vec<&Dialogue> =
            dialogues.iter().filter(|dialogue| dialogue.lang == customer.lang && dialogue.needs_person()).collect();
        let mut times: Vec<Timestamp> = (0..rng.random_range(3..8)).map(|_| busy_time(now, &mut rng)).collect();
        times.retain(|at| *at + LIVE < now);
        times.sort_unstable();
        // Hours between two conversations of one person: they never overlap.
        times.dedup_by(|later, earlier| later.since(*earlier) < LIVE);
        let mut writer = Writer { session, messages: Vec::new() };
        for (round, at) in times.into_iter().enumerate() {
            let dialogue = suits[rng.random_range(0..suits.len())];
            writer.episode(tx, shop, &customer, dialogue, round, at, &mut rng)?;
        }
    }
    Ok(())
}

/// Some time of the last days, most likely in the middle of a day in São Paulo.
fn busy_time(now: Timestamp, rng: &mut StdRng) -> Timestamp {
    const DAY: i64 = 24 * 3600;
    /// Behind UTC.
    const ZONE: i64 = 3 * 3600;
    let midnight = (now.secs() - ZONE).div_euclid(DAY) * DAY + ZONE;
    let opens = midnight - rng.random_range(0..i64::try_from(DAYS).unwrap_or(1)) * DAY + 8 * 3600;
    // Two dice: the middle is likelier than the ends.
    Timestamp::from_secs(opens + rng.random_range(0..7 * 3600) + rng.random_range(0..6 * 3600))
}

fn describe(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: ContactId,
    customer: &Customer,
    rng: &mut StdRng,
) -> Result<(), StoreError> {
    let mut contact = contacts::find(tx.db, organization, id)?.ok_or(StoreError::NotFound)?;
    contact.tier = customer.tier.map(str::to_owned);
    let spent: i64 = rng.random_range(80..4200);
    contact.ltv = Some(format!("{spent}.{:02}", rng.random_range(0..100)));
    contact.tags = Json(customer.tags.iter().map(|tag| (*tag).to_owned()).collect());
    contact.version += 1;
    contact.index();
    contacts::update(tx.db, &contact)?;
    let Some(mut lead) = leads::of_contact(tx.db, organization, id)? else { return Ok(()) };
    lead.rate(spent / 45, "compras");
    if customer.tier.is_some() {
        lead.rate(lead.score + 10, "cliente VIP");
    }
    (lead.status, lead.stage) = match lead.score {
        70.. => (LeadStatus::Hot, LeadStage::Conversion),
        35.. => (LeadStatus::Warm, LeadStage::Relationship),
        _ => (LeadStatus::Cold, LeadStage::Attraction),
    };
    lead.version += 1;
    leads::update(tx.db, &lead)?;
    Ok(())
}

/// Writes the finished conversations of one customer, one after the other.
struct Writer {
    session: Session,
    messages: Vec<Message>,
}

impl Writer {
    #[expect(clippy::too_many_arguments, reason = "one conversation as it was")]
    fn episode(
        &mut self,
        tx: &mut Tx<'_>,
        shop: &Shop,
        customer: &Customer,
        dialogue: &Dialogue,
        round: usize,
        began: Timestamp,
        rng: &mut StdRng,
    ) -> Result<(), StoreError> {
        let last = dialogue.opening.last().map(String::as_str).unwrap_or_default();
        let leads = |queue: &&Queue| queue.topics.0.iter().any(|topic| crate::text::contains_phrase(last, topic));
        let queue = shop.queues.iter().find(leads).unwrap_or(&shop.queues[0]);
        let serving: Vec<&User> = shop
            .staff
            .iter()
            .filter(|(person, _)| person.role == Role::Attendant && person.queues.contains(&queue.name.as_str()))
            .map(|(_, user)| user)
            .collect();
        let attendant = serving[rng.random_range(0..serving.len())];
        let handoff_id = HandoffId::new();
        let mut at = began;
        let mut after = |from: u64, to: u64| {
            at = at + Duration::from_secs(rng.random_range(from..to));
            at
        };
        let bot = (SenderKind::Bot, Some(AnyId(shop.bot.id.0)), shop.bot.name.as_str());
        let person = (SenderKind::Attendant, Some(AnyId(attendant.id.0)), attendant.name.as_str());
        let theirs = (SenderKind::Contact, Some(AnyId(self.session.contact_id.0)), customer.name);
        let say = |line: &str| spoken(line, customer, &attendant.name, round);
        let greeting = shop.bot.settings.0.get("bot-greeting").map(String::as_str).unwrap_or_default();
        for (place, line) in dialogue.opening.iter().enumerate() {
            self.add(theirs, say(line), after(4, 25), None);
            if place == 0 {
                self.add(bot, greeting.to_owned(), after(1, 2), None);
            }
        }
        let asked = after(1, 2);
        // Some leave the site's chat before anybody has come.
        let left = customer.via == Via::Web && round == 1;
        let waited = (!left).then(|| after(8, 190));
        let mut first_reply = None;
        if waited.is_some() {
            for turn in &dialogue.talk {
                let replied = after(6, 50);
                first_reply = first_reply.or(Some(replied));
                self.add(person, say(&turn.attendant), replied, Some(handoff_id));
                self.add(theirs, say(&turn.customer), after(10, 90), Some(handoff_id));
            }
            self.add(person, say(&dialogue.closing), after(8, 40), Some(handoff_id));
            self.add(theirs, say(&dialogue.thanks), after(5, 60), Some(handoff_id));
        }
        let ended = after(if waited.is_some() { 5 } else { 300 }, 420);
        let handoff = Handoff {
            id: handoff_id,
            organization_id: shop.organization,
            session_id: self.session.id,
            queue_id: Some(queue.id),
            state: Status::Resolved,
            attendant_id: waited.map(|_| attendant.id),
            offer_until: None,
            returns_to: None,
            priority: 1,
            skills: Json(Vec::new()),
            skipped: Json(Vec::new()),
            reason: "o cliente pediu uma pessoa".to_owned(),
            cause: Cause::Keyword,
            destination: None,
            preferred_attendant_id: None,
            escalations: 0,
            transfers: 0,
            created_at: asked,
            queued_at: asked,
            accepted_at: waited,
            first_reply_at: first_reply,
            resolved_at: Some(ended),
            resolved_by: waited.map(|_| attendant.id),
            outcome: Some(if waited.is_some() { "resolved" } else { "abandoned" }.to_owned()),
            note: waited.map(|_| dialogue.note.clone()),
            state_since: ended,
        };
        self.store(tx, handoff, dialogue, rng)
    }

    fn add(
        &mut self,
        (kind, id, name): (SenderKind, Option<AnyId>, &str),
        text: String,
        at: Timestamp,
        handoff: Option<HandoffId>,
    ) {
        let theirs = kind == SenderKind::Contact;
        let session = &mut self.session;
        session.last_seq += 1;
        session.last_message = text.chars().take(200).collect();
        session.last_message_at = at;
        if theirs {
            session.last_in_at = Some(at);
        } else {
            session.last_out_at = Some(at);
        }
        self.messages.push(Message {
            id: MessageId::new(),
            organization_id: session.organization_id,
            session_id: session.id,
            seq: session.last_seq,
            channel_id: session.channel_id,
            handoff_id: handoff,
            direction: if theirs { Direction::In } else { Direction::Out },
            sender_kind: kind,
            sender_id: id,
            sender_name: name.to_owned(),
            kind: Kind::Text,
            text,
            attachments: None,
            reply_to: None,
            private: false,
            status: if theirs { MessageStatus::Received } else { MessageStatus::Read },
            error: None,
            external_id: None,
            client_id: None,
            extra: None,
            created_at: at,
            sent_at: Some(at),
            edited_at: None,
            deleted: false,
        });
    }

    /// Stores the episode, and what the customer thought of it.
    fn store(
        &mut self,
        tx: &mut Tx<'_>,
        handoff: Handoff,
        dialogue: &Dialogue,
        rng: &mut StdRng,
    ) -> Result<(), StoreError> {
        let session = &mut self.session;
        let ended = handoff.state_since;
        session.handoff_id = Some(handoff.id);
        session.status = Status::Resolved;
        session.queue_id = handoff.queue_id;
        session.attendant_id = handoff.attendant_id;
        session.tags = Json(dialogue.tags.clone());
        session.version += 1;
        session.updated_at = ended;
        let line = |at, kind, id, cause: &str, from_state, to_state| HistoryRow {
            id: RecordId::new(),
            organization_id: handoff.organization_id,
            handoff_id: handoff.id,
            session_id: handoff.session_id,
            at,
            actor_kind: kind,
            actor_id: id,
            cause: cause.to_owned(),
            from_state,
            to_state,
            detail: None,
        };
        let by = handoff.attendant_id;
        let mut history =
            vec![line(handoff.created_at, SenderKind::Bot, None, "handoff", Status::Bot, Status::Waiting)];
        match handoff.accepted_at {
            Some(at) => {
                history.push(line(at, SenderKind::Attendant, by, "take", Status::Waiting, Status::Active));
                history.push(line(ended, SenderKind::Attendant, by, "resolve", Status::Active, Status::Resolved));
            }
            None => {
                history.push(line(ended, SenderKind::Contact, None, "abandoned", Status::Waiting, Status::Resolved))
            }
        }
        let rows = Rows {
            session: Some(session.clone()),
            messages: std::mem::take(&mut self.messages),
            handoff: Some(handoff.clone()),
            history,
            ..Rows::default()
        };
        conversations::save(tx.db, &[&rows])?;
        if rng.random_bool(0.6)
            && let Some(score) = dialogue.rating
        {
            let conversation = Conversation { session: session.clone(), handoff: Some(handoff) };
            let at = ended + Duration::from_secs(rng.random_range(20..600));
            if let Some(rating) = Rating::of(&conversation, Scale::Csat, score, dialogue.comment.clone(), at) {
                ratings::put(tx.db, &rating)?;
            }
        }
        Ok(())
    }
}
