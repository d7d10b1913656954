//! `attendance import`: files into a running server, by the same doors as the console. A `config.csv` or an
//! `attendant.csv` by itself, or a folder with a bot: its scripts and those files, flat or as General Bots keeps them
//! (`NAME.gbai/` with `*.gbdialog/`, `*.gbot/`, `*.gbkb/`). What is not taken is listed, line by line; doing it again
//! changes nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::bots::{DEPTH, Told, has_extension, read};
use crate::basic::Severity;
use crate::bot::check::check;
use crate::bot::dialogue;
use crate::lang::Lang;

/// Files or a bot for a running server.
#[derive(Debug, clap::Args)]
pub struct ImportOptions {
    /// `config.csv` or `attendant.csv` (the header tells which), or the folder of a bot.
    pub path: PathBuf,
    /// Where the server is.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// An administrator's account.
    #[arg(long, env = "ATTENDANCE_ADMIN_EMAIL")]
    pub email: String,
    #[arg(long, env = "ATTENDANCE_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// The bot's name. Of a `config.csv`: whose it is, the organization's without. Of a folder: the folder's name without.
    #[arg(long)]
    pub bot: Option<String>,
    #[command(flatten)]
    pub told: Told,
}

/// Sends what was named and prints what became of it. An error when something was not taken.
pub async fn main(options: ImportOptions) -> Result<()> {
    let lang = options.told.lang();
    // What is on this machine is looked at first: a server is not asked for nothing.
    let refused = if options.path.is_dir() {
        let plan = Plan::of(&options.path)?;
        let server = Server::login(&options).await?;
        plan.carry_out(&server, options.bot.as_deref(), lang).await?
    } else {
        let text = read(&options.path)?;
        let server = Server::login(&options).await?;
        let bot = match &options.bot {
            Some(name) => Some(server.bot(name).await?.with_context(|| format!("no bot named {name}"))?),
            None => None,
        };
        server.send_csv(&options.path, text, bot.as_deref()).await?
    };
    ensure!(refused == 0, "{refused} {}", lang.pick("coisas não foram aceitas", "things were not taken"));
    Ok(())
}

/// What a folder holds.
#[derive(Debug, Default, PartialEq)]
struct Plan {
    /// Of the bot.
    name: String,
    scripts: Vec<PathBuf>,
    config: Option<PathBuf>,
    attendants: Option<PathBuf>,
    /// Not taken.
    left: Vec<Left>,
}

#[derive(Debug, PartialEq)]
enum Left {
    /// So many files that the bot should know.
    Knowledge(PathBuf, usize),
    Unknown(PathBuf),
}

impl Plan {
    /// Errors: nothing in the folder can be imported.
    fn of(folder: &Path) -> Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
        let name = if has_extension(&folder, "gbai") { folder.file_stem() } else { folder.file_name() };
        let mut plan = Plan { name: name.unwrap_or_default().to_string_lossy().into_owned(), ..Plan::default() };
        for path in entries(&folder)? {
            if !path.is_dir() {
                plan.file(path);
            } else if has_extension(&path, "gbdialog") || has_extension(&path, "gbot") {
                plan.folder(&path, DEPTH)?;
            } else if has_extension(&path, "gbkb") {
                let known = entries(&path)?.len();
                plan.left.push(Left::Knowledge(path, known));
            } else {
                plan.left.push(Left::Unknown(path));
            }
        }
        let empty = plan.scripts.is_empty() && plan.config.is_none() && plan.attendants.is_none();
        ensure!(!empty, "no .bas, config.csv or attendant.csv in {}", folder.display());
        Ok(plan)
    }

    /// A folder of scripts or of settings, with those in it.
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<()> {
        for path in entries(folder)? {
            if path.is_dir() && depth > 0 {
                self.folder(&path, depth - 1)?;
            } else {
                self.file(path);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        match name.as_str() {
            "config.csv" if self.config.is_none() && path.is_file() => self.config = Some(path),
            "attendant.csv" if self.attendants.is_none() && path.is_file() => self.attendants = Some(path),
            _ if has_extension(&path, "bas") && path.is_file() => self.scripts.push(path),
            // Beside the bot, not of it.
            _ if has_extension(&path, dialogue::EXTENSION) || name.starts_with("readme") => {}
            _ => self.left.push(Left::Unknown(path)),
        }
    }

    /// How many things were not taken.
    async fn carry_out(self, server: &Server, name: Option<&str>, lang: Lang) -> Result<usize> {
        let name = name.unwrap_or(&self.name);
        let mut refused = 0;
        if !self.scripts.is_empty() || self.config.is_some() {
            let bot = match server.bot(name).await? {
                Some(id) => id,
                None => server.make_bot(name).await?,
            };
            println!("bot {name}");
            let stored = server.ask(Method::GET, &format!("/api/bots/{bot}/scripts?limit=200"), None).await?;
            for script in &self.scripts {
                refused += usize::from(!server.send_script(&bot, script, &stored, lang).await?);
            }
            if let Some(config) = &self.config {
                refused += server.send_csv(config, read(config)?, Some(&bot)).await?;
            }
        }
        if let Some(attendants) = &self.attendants {
            refused += server.send_csv(attendants, read(attendants)?, None).await?;
        }
        for left in &self.left {
            match (left, lang) {
                (Left::Knowledge(path, files), Lang::Pt) => {
                    println!("{}: bases de conhecimento ainda não são importadas ({files} arquivos)", path.display());
                }
                (Left::Knowledge(path, files), Lang::En) => {
                    println!("{}: knowledge bases are not imported yet ({files} files)", path.display());
                }
                (Left::Unknown(path), Lang::Pt) => println!("{}: não sei o que é, ficou de fora", path.display()),
                (Left::Unknown(path), Lang::En) => println!("{}: not known, left out", path.display()),
            }
        }
        Ok(refused)
    }
}

/// What is in a folder, by name, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = found.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
    paths.sort();
    Ok(paths)
}

/// The server, as an administrator.
struct Server {
    client: reqwest::Client,
    url: String,
    token: String,
    lang: Lang,
}

impl Server {
    async fn login(options: &ImportOptions) -> Result<Self> {
        let client = reqwest::Client::builder().build().context("no HTTP client")?;
        let url = options.url.trim_end_matches('/').to_owned();
        let login = json!({"email": options.email, "password": options.password});
        let asked = client.post(format!("{url}/api/auth/login")).json(&login).send().await;
        let answer = asked.with_context(|| format!("no server answers at {url}"))?;
        ensure!(answer.status().is_success(), "the server refused the login: {}", answer.status());
        let token: Value = answer.json().await?;
        let token = token["access_token"].as_str().context("the server gave no token")?.to_owned();
        Ok(Server { client, url, token, lang: options.told.lang() })
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.header("accept-language", self.lang.locale())
    }

    /// Errors: what the server says is wrong, with its fields.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        understood(request.send().await?).await
    }

    async fn bot(&self, name: &str) -> Result<Option<String>> {
        let bots = self.ask(Method::GET, "/api/bots?limit=200", None).await?;
        let found = bots["items"].as_array().into_iter().flatten().find(|bot| bot["name"] == name);
        Ok(found.and_then(|bot| bot["id"].as_str()).map(str::to_owned))
    }

    async fn make_bot(&self, name: &str) -> Result<String> {
        let bot = json!({"name": name, "engine": "basic"});
        let made = self.ask(Method::POST, "/api/bots", Some(&bot)).await?;
        Ok(made["id"].as_str().context("the server gave no id")?.to_owned())
    }

    /// Publishes a script; one with mistakes is shown and left out. Whether it was taken.
    async fn send_script(&self, bot: &str, file: &Path, stored: &Value, lang: Lang) -> Result<bool> {
        let (source, shown) = (read(file)?, file.display());
        let checked = check(&source);
        for told in checked.render(&shown.to_string(), lang) {
            println!("{told}");
        }
        if checked.count(Severity::Error) > 0 {
            println!("{shown}: {}", lang.pick("tem erros, ficou de fora", "has errors, left out"));
            return Ok(false);
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy().replace(' ', "-");
        let path = format!("/api/bots/{bot}/scripts/{name}");
        let version = match self.ask(Method::PUT, &path, Some(&json!({"source": source}))).await {
            Ok(script) => script["version"].clone(),
            Err(error) => {
                println!("{shown}: {error:#}");
                return Ok(false);
            }
        };
        let before = stored["items"].as_array().into_iter().flatten().find(|script| script["name"] == name.as_str());
        let same = before.is_some_and(|before| before["published_version"] == version);
        match (same, lang) {
            (true, Lang::Pt) => println!("{name}: sem mudanças (versão {version})"),
            (true, Lang::En) => println!("{name}: unchanged (version {version})"),
            (false, Lang::Pt) => println!("{name}: versão {version} publicada"),
            (false, Lang::En) => println!("{name}: version {version} published"),
        }
        Ok(true)
    }

    /// How many lines were not taken.
    async fn send_csv(&self, file: &Path, text: String, bot: Option<&str>) -> Result<usize> {
        let request = self.request(Method::POST, "/api/settings/import").header("content-type", "text/csv").body(text);
        let request = request.query(&bot.map(|bot| [("bot_id", bot)]).into_iter().flatten().collect::<Vec<_>>());
        let answer = understood(request.send().await?).await?;
        let of = self.lang.pick("aceitas de", "accepted of");
        println!("{} {of} {}", answer["accepted"], file.display());
        let rejected = answer["rejected"].as_array().map_or(&[][..], Vec::as_slice);
        let meant = self.lang.pick("seria", "did you mean");
        for row in rejected {
            let nearest = row["nearest"].as_str().map(|name| format!(" ({meant} {name}?)")).unwrap_or_default();
            let name = row["name"].as_str().map(|name| format!("{name}: ")).unwrap_or_default();
            let reason = row["reason"].as_str().unwrap_or_default();
            println!("{}:{}: {name}{reason}{nearest}", file.display(), row["line"]);
        }
        for note in answer["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            println!("{note}");
        }
        Ok(rejected.len())
    }
}

/// The body of an answer. Errors: what the server says is wrong.
async fn understood(answer: reqwest::Response) -> Result<Value> {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default(); // a problem without a body has its status
    if status.is_success() {
        return Ok(body);
    }
    let fields = body["errors"].as_array().into_iter().flatten();
    let fields =
        fields.filter_map(|error| Some(format!("{}: {}", error["field"].as_str()?, error["message"].as_str()?)));
    let told: Vec<String> = body["title"].as_str().map(str::to_owned).into_iter().chain(fields).collect();
    bail!("{} {}", status.as_u16(), told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/general-bots");

    #[test]
    fn the_folder_of_a_general_bot_is_understood() {
        let plan = Plan::of(&Path::new(FIXTURES).join("padaria.gbai")).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(plan.name, "padaria");
        assert_eq!(names(&plan.scripts), ["encomenda.bas", "start.bas", "fecha-caixa.bas"]);
        assert!(plan.config.is_some() && plan.attendants.is_some());
        let left = plan.left.iter().map(|left| match left {
            Left::Knowledge(path, files) => (path.extension().unwrap().to_owned(), *files),
            Left::Unknown(path) => (path.extension().unwrap().to_owned(), 0),
        });
        let left: Vec<_> = left.collect();
        assert_eq!(left, [("gbkb".into(), 1), ("gbtheme".into(), 0)]);
    }

    #[test]
    fn a_folder_without_a_bot_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        assert!(Plan::of(folder.path()).unwrap_err().to_string().contains("no .bas, config.csv or attendant.csv"));
    }
}
