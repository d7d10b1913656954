//! The command line's tools. Those that change people work on the database itself, so that they help when nobody can log
//! in; a running server sees it within a minute.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use diesel::connection::SimpleConnection;

use super::boot;
use crate::attendants::store as people;
use crate::auth::roles::Role;
use crate::auth::setup::{self, NewOrganization};
use crate::auth::{password, store as logins};
use crate::catalog::Configuration;
use crate::clock::Clock;
use crate::config::Config;
use crate::contacts::identity::normal_email;
use crate::services::Services;
use crate::store;
use crate::users;

/// Runs pending migrations and names them.
pub fn migrate(config: &Config) -> Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot create the data folder {}", config.data_dir.display()))?;
    let database = config.database().context("database.url names neither PostgreSQL nor a file")?;
    let done = store::migrate(&database)?;
    if done.is_empty() {
        println!("the database is up to date");
    }
    for migration in done {
        println!("applied {migration}");
    }
    Ok(())
}

/// People of an installation.
#[derive(Debug, clap::Subcommand)]
pub enum UserCommand {
    /// Make an account; prints a password unless one is given on standard input.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "attendant", value_parser = role)]
        role: Role,
        /// The organization's name; the only one without.
        #[arg(long)]
        organization: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password, end the logins and the second factor, lift a lock.
    Password {
        #[arg(long)]
        email: String,
        #[arg(long)]
        password_stdin: bool,
    },
    /// Who has an account.
    List,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "admin, supervisor, attendant or viewer".to_owned())
}

/// Tenants of an installation.
#[derive(Debug, clap::Subcommand)]
pub enum OrganizationCommand {
    /// Make an organization with its administrator, a bot and a queue.
    Add {
        #[arg(long)]
        name: String,
        #[arg(long)]
        admin_email: String,
        #[arg(long)]
        admin_name: String,
        #[arg(long)]
        password_stdin: bool,
    },
    /// Which there are.
    List,
}

async fn open(config: Config) -> Result<Services> {
    let public_url = config.public_url(config.server.bind);
    boot::services(config, Clock::system(), public_url).await
}

/// The password of standard input, or a fresh one that is printed.
async fn new_password(services: &Services, from_stdin: bool) -> Result<(String, Option<String>)> {
    let (text, shown) = if from_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the password")?;
        (text.trim_end_matches(['\r', '\n']).to_owned(), None)
    } else {
        let fresh = hex::encode(rand::random::<[u8; 12]>());
        (fresh.clone(), Some(fresh))
    };
    let min = usize::try_from(services.config.security.password_min_chars).unwrap_or(usize::MAX);
    password::acceptable(&text, min)?;
    let hash = tokio::task::spawn_blocking(move || password::hash(&text)).await??;
    Ok((hash, shown))
}

fn organization(services: &Services, name: Option<&str>) -> Result<std::sync::Arc<Configuration>> {
    let all = services.catalog.organizations();
    match (name, all.as_slice()) {
        (_, []) => bail!("there is no organization yet: start the server and set it up, or `attendance org add`"),
        (None, [only]) => Ok(only.clone()),
        (None, _) => bail!("there are several organizations: name one with --organization"),
        (Some(name), _) => all
            .iter()
            .find(|entry| crate::text::same(&entry.organization.name, name))
            .cloned()
            .with_context(|| format!("no organization named {name}")),
    }
}

fn say_password(shown: Option<String>) {
    if let Some(password) = shown {
        println!("password: {password}");
    }
}

pub async fn user(config: Config, command: UserCommand) -> Result<()> {
    let services = open(config).await?;
    let now = services.clock.now();
    match command {
        UserCommand::Add { email, name, role, organization: of, password_stdin } => {
            let organization = organization(&services, of.as_deref())?.organization.id;
            let email = normal_email(&email).with_context(|| format!("{email} is not an e-mail address"))?;
            let (hash, shown) = new_password(&services, password_stdin).await?;
            let mut user = users::blank(organization, &name, role, now);
            user.email = Some(email.clone());
            user.password_hash = Some(hash);
            let added = services.store.write("user.add", move |tx| Ok(people::insert(tx.db, &user)?)).await;
            match added {
                Err(store::StoreError::Duplicate(_)) => bail!("{email} already has an account"),
                added => added?,
            };
            println!("{email} is {role}");
            say_password(shown);
        }
        UserCommand::Password { email, password_stdin } => {
            let email = normal_email(&email).with_context(|| format!("{email} is not an e-mail address"))?;
            let wanted = email.clone();
            let found = services.store.read("user.by_email", move |db| Ok(people::by_email(db, &wanted)?)).await?;
            let user = found.with_context(|| format!("{email} has no account"))?;
            let (hash, shown) = new_password(&services, password_stdin).await?;
            services
                .store
                .write("user.password", move |tx| {
                    people::set_password_hash(tx.db, user.id, &hash)?;
                    people::set_failures(tx.db, user.id, 0, None)?;
                    logins::delete_factor(tx.db, user.id)?;
                    logins::delete_link(tx.db, user.id)?;
                    for family in logins::families_of(tx.db, user.id)? {
                        logins::revoke_family(tx.db, family, now)?;
                    }
                    Ok(())
                })
                .await?;
            println!("{email} has a new password");
            say_password(shown);
        }
        UserCommand::List => {
            for entry in services.catalog.organizations() {
                println!("{}", entry.organization.name);
                let mut users: Vec<_> = entry.users.values().collect();
                users.sort_by(|a, b| a.name.cmp(&b.name));
                for user in users {
                    let email = user.email.as_deref().unwrap_or("no e-mail");
                    let active = if user.is_active { "" } else { ", deactivated" };
                    println!("  {} <{email}> {}{active}", user.name, user.role);
                }
            }
        }
    }
    services.store.stop(Duration::from_secs(5));
    Ok(())
}

pub async fn organizations(config: Config, command: OrganizationCommand) -> Result<()> {
    let services = open(config).await?;
    let now = services.clock.now();
    match command {
        OrganizationCommand::Add { name, admin_email, admin_name, password_stdin } => {
            let admin_email =
                normal_email(&admin_email).with_context(|| format!("{admin_email} is not an e-mail address"))?;
            let (password_hash, shown) = new_password(&services, password_stdin).await?;
            let new = NewOrganization {
                is_operator: services.catalog.organizations().is_empty(),
                name: name.clone(),
                admin_name,
                admin_email: admin_email.clone(),
                password_hash,
                locale: "pt-BR".to_owned(),
                web_channel: false,
            };
            let vault = services.vault.clone();
            let made = services
                .store
                .write("organization.add", move |tx| setup::create_organization(tx, &vault, &new, now))
                .await;
            match made {
                Err(store::StoreError::Duplicate(_)) => bail!("{admin_email} already has an account"),
                made => made?,
            };
            println!("{name}, administrator {admin_email}");
            say_password(shown);
        }
        OrganizationCommand::List => {
            for entry in services.catalog.organizations() {
                println!("{} {}", entry.organization.id, entry.organization.name);
            }
        }
    }
    services.store.stop(Duration::from_secs(5));
    Ok(())
}

/// Looks at everything an installation needs; an error when something is missing.
pub async fn doctor(config: Config) -> Result<()> {
    let mut faults = 0;
    let mut report = |what: &str, state: Result<String>| match state {
        Ok(detail) => println!("ok    {what}: {detail}"),
        Err(error) => {
            faults += 1;
            println!("FAIL  {what}: {error:#}");
        }
    };
    report("data folder", {
        let probe = config.data_dir.join(".doctor");
        std::fs::create_dir_all(&config.data_dir)
            .and_then(|()| std::fs::write(&probe, b"x"))
            .and_then(|()| std::fs::remove_file(&probe))
            .map(|()| config.data_dir.display().to_string())
            .with_context(|| format!("{} cannot be written", config.data_dir.display()))
    });
    report(
        "address",
        match std::net::TcpListener::bind(config.server.bind) {
            Ok(_) => Ok(config.server.bind.to_string()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be listened on", config.server.bind)),
        },
    );
    let database = config.database().context("database.url names neither PostgreSQL nor a file");
    report(
        "database",
        database.and_then(|database| {
            let mut connection = database.open(Duration::from_secs(3))?;
            connection.batch_execute("SELECT 1")?;
            let waiting = store::pending_migrations(&mut connection)?;
            Ok(if waiting == 0 {
                "reached, up to date".to_owned()
            } else {
                format!("reached, {waiting} migrations to run")
            })
        }),
    );
    report(
        "keys",
        match crate::vault::Vault::configured(&config.security.keys, &config.key_file()) {
            Ok(_) => Ok(config.key_file().display().to_string()),
            Err(error) => Err(error.into()),
        },
    );
    report("certificates", {
        let found = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists());
        found.map(str::to_owned).context("no CA bundle: calls to providers over https will fail (ca-certificates)")
    });
    ensure!(faults == 0, "{faults} things need attention");
    Ok(())
}
