//! The first minutes of an installation, and new organizations. Used by `POST /api/setup`, `POST /api/organizations`, the
//! command line and the first start with an administrator in the environment.

use serde_json::{Map, json};

use super::opaque::{self, Kind};
use super::password;
use super::roles::Role;
use crate::attendants::store as people;
use crate::audit::{self, Line};
use crate::bot::store::{self as bots, Bot, EngineName};
use crate::channels::seal_credentials;
use crate::channels::store::{self as channels, ChannelRow, Health};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::organizations::{self, Organization};
use crate::queues::routing::Strategy;
use crate::queues::store::{self as queues, Fallbacks, Member, Queue};
use crate::services::Services;
use crate::store::sql::Json;
use crate::store::{StoreError, Tx, installation};
use crate::users::blank;
use crate::vault::{Secret, Vault};

const TOKEN: &str = "setup_token";

/// What a new organization is made of.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    pub name: String,
    /// The first one runs the installation.
    pub is_operator: bool,
    pub admin_name: String,
    /// In its normal form.
    pub admin_email: String,
    pub password_hash: String,
    pub locale: String,
    /// A chat for the organization's site at once.
    pub web_channel: bool,
}

/// What was made.
#[derive(Debug, Clone, Copy)]
pub struct Created {
    pub organization: OrganizationId,
    pub admin: UserId,
    pub bot: BotId,
    pub queue: QueueId,
    pub channel: Option<ChannelId>,
}

/// Makes an organization that works at once: administrator, a bot, a queue with the administrator in it. The caller
/// reloads the catalog.
pub fn create_organization(
    tx: &mut Tx<'_>,
    vault: &Vault,
    new: &NewOrganization,
    now: Timestamp,
) -> Result<Created, StoreError> {
    let lang = crate::lang::Lang::from_locale(&new.locale).unwrap_or_default();
    let organization = Organization {
        id: OrganizationId::new(),
        name: new.name.clone(),
        is_operator: new.is_operator,
        settings: Json::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    organizations::insert(tx.db, &organization)?;
    let mut admin = blank(organization.id, &new.admin_name, Role::Admin, now);
    admin.email = Some(new.admin_email.clone());
    admin.password_hash = Some(new.password_hash.clone());
    admin.locale = new.locale.clone();
    people::insert(tx.db, &admin)?;
    let bot = Bot {
        id: BotId::new(),
        organization_id: organization.id,
        name: lang.pick("Assistente", "Assistant").to_owned(),
        // Without a script of its own yet, the built-in replies answer.
        engine: EngineName::Basic,
        locale: new.locale.clone(),
        settings: Json::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    bots::insert(tx.db, &bot)?;
    let queue = Queue {
        id: QueueId::new(),
        organization_id: organization.id,
        name: lang.pick("Atendimento", "Support").to_owned(),
        description: String::new(),
        channels: Json(vec!["all".to_owned()]),
        is_active: true,
        priority_order: 1,
        max_wait_seconds: 600,
        auto_assign: true,
        strategy: Strategy::LeastLoaded,
        skills: Json(Vec::new()),
        hours: None,
        size_limit: None,
        overflow_queue_id: None,
        fallback: Json(Fallbacks::default()),
        department: None,
        topics: Json(Vec::new()),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    queues::insert(tx.db, &queue)?;
    let member = Member {
        organization_id: organization.id,
        queue_id: queue.id,
        user_id: admin.id,
        is_active: true,
        max_conversations: 5,
        priority: 0,
        created_at: now,
    };
    queues::put_member(tx.db, &member)?;
    let channel = new.web_channel.then(|| {
        let id = ChannelId::new();
        ChannelRow {
            id,
            organization_id: organization.id,
            bot_id: bot.id,
            kind: "web".to_owned(),
            provider: "web".to_owned(),
            name: "Site".to_owned(),
            credentials: seal_credentials(vault, id, &Map::new()),
            credentials_hint: Json(Map::new()),
            settings: Json(Map::new()),
            is_active: true,
            health: Health::Ok,
            health_reason: None,
            health_since: now,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    });
    if let Some(channel) = &channel {
        channels::insert(tx.db, channel)?;
    }
    let line = Line::new(organization.id, now, "organization.create", "organization")
        .about(organization.id)
        .with(json!({"name": organization.name, "admin": admin.name}));
    audit::store::record(tx, &line)?;
    Ok(Created {
        organization: organization.id,
        admin: admin.id,
        bot: bot.id,
        queue: queue.id,
        channel: channel.map(|channel| channel.id),
    })
}

/// Whether nobody has an account yet.
pub async fn needed(services: &Services) -> Result<bool, StoreError> {
    services.store.read("organizations.count", |db| Ok(organizations::count(db)? == 0)).await
}

/// A fresh one-time token for the set-up page, to be printed at start; none when set-up is done. Earlier tokens end.
pub async fn fresh_token(services: &Services) -> Result<Option<Secret>, StoreError> {
    if !needed(services).await? {
        return Ok(None);
    }
    let issued = opaque::issue(Kind::Setup);
    let (hash, now) = (issued.hash.clone(), services.clock.now());
    services.store.write("setup.token", move |tx| Ok(installation::set(tx.db, TOKEN, &hash, now)?)).await?;
    Ok(Some(issued.token))
}

/// Why there is no first organization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("set-up is done")]
    Done,
    #[error("not the set-up token of this start")]
    WrongToken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the first organization. `token`: the one printed at start; none from the command line and the environment,
/// whose owner needs no proof.
pub async fn first(services: &Services, token: Option<&Secret>, new: NewOrganization) -> Result<Created, SetupError> {
    let (vault, now) = (services.vault.clone(), services.clock.now());
    let presented = token.map(|token| opaque::hash(token.expose()));
    let outcome = services
        .store
        .write("setup.first", move |tx| {
            if organizations::count(tx.db)? > 0 {
                return Ok(Err(SetupError::Done));
            }
            if presented.is_some() && installation::get(tx.db, TOKEN)? != presented {
                return Ok(Err(SetupError::WrongToken));
            }
            installation::remove(tx.db, TOKEN)?;
            create_organization(tx, &vault, &new, now).map(Ok)
        })
        .await??;
    services.catalog.reload(outcome.organization).await?;
    Ok(outcome)
}

/// At the first start with `ATTENDANCE_ADMIN_EMAIL` and `ATTENDANCE_ADMIN_PASSWORD`: makes the organization. False when
/// there is nothing to do.
///
/// Errors: the password is too short or the address is none, in words; the database.
pub async fn from_environment(services: &Services) -> anyhow::Result<bool> {
    let Some(admin) = services.config.admin.clone() else { return Ok(false) };
    if !needed(services).await? {
        return Ok(false);
    }
    let min = usize::try_from(services.config.security.password_min_chars).unwrap_or(usize::MAX);
    password::acceptable(admin.password.expose(), min)?;
    let email = crate::contacts::identity::normal_email(&admin.email)
        .ok_or_else(|| anyhow::anyhow!("ATTENDANCE_ADMIN_EMAIL is not an e-mail address"))?;
    let password = admin.password.clone();
    let password_hash = tokio::task::spawn_blocking(move || password::hash(password.expose())).await??;
    let new = NewOrganization {
        name: "Attendance".to_owned(),
        is_operator: true,
        admin_name: email.split('@').next().unwrap_or_default().to_owned(),
        admin_email: email,
        password_hash,
        locale: "pt-BR".to_owned(),
        web_channel: false,
    };
    match first(services, None, new).await {
        Ok(_) => Ok(true),
        Err(SetupError::Done) => Ok(false), // another node was faster
        Err(error) => Err(error.into()),
    }
}
