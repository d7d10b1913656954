//! What the product itself tells a customer about their handoff, in both languages. A queue's own words win over these.

use std::time::Duration;

use super::lifecycle::Notice;
use crate::lang::Lang;

/// Where a customer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Somebody is free: no position to tell.
    Soon,
    /// `position` counts from 1; the estimate is never invented.
    InLine { position: usize, estimate: Option<Duration> },
}

/// The words; `None` when there is nothing to say.
pub fn text(notice: &Notice, wait: &Wait, attendant: Option<&str>, lang: Lang) -> Option<String> {
    Some(match (notice, lang) {
        (Notice::Queued, lang) => queued(wait, lang),
        (Notice::Accepted, Lang::Pt) => match attendant {
            Some(name) => format!("Você está falando com {name}."),
            None => "Uma pessoa da nossa equipe está com você agora.".to_owned(),
        },
        (Notice::Accepted, Lang::En) => match attendant {
            Some(name) => format!("You are now talking to {name}."),
            None => "A person from our team is with you now.".to_owned(),
        },
        (Notice::Transferred, Lang::Pt) => {
            "Estou transferindo você para a equipe certa. Um momento, por favor.".to_owned()
        }
        (Notice::Transferred, Lang::En) => "I am passing you on to the right team. One moment, please.".to_owned(),
        (Notice::Resolved, Lang::Pt) => {
            "Atendimento encerrado. Se precisar de algo mais, é só escrever aqui.".to_owned()
        }
        (Notice::Resolved, Lang::En) => {
            "This conversation has been closed. If you need anything else, just write here.".to_owned()
        }
    })
}

fn queued(wait: &Wait, lang: Lang) -> String {
    match (wait, lang) {
        (Wait::Soon, Lang::Pt) => "Certo! Estou chamando uma pessoa para falar com você.".to_owned(),
        (Wait::Soon, Lang::En) => "All right! I am getting a person to talk to you.".to_owned(),
        (Wait::InLine { position, estimate }, Lang::Pt) => {
            let place = format!("Certo! Você é o {position}º da fila.");
            match estimate {
                Some(estimate) => format!("{place} Tempo estimado de espera: {}.", minutes(*estimate, lang)),
                None => format!("{place} Assim que alguém estiver livre, fala com você aqui."),
            }
        }
        (Wait::InLine { position, estimate }, Lang::En) => {
            let place = format!("All right! You are number {position} in the queue.");
            match estimate {
                Some(estimate) => format!("{place} Estimated wait: {}.", minutes(*estimate, lang)),
                None => format!("{place} As soon as someone is free, they will talk to you here."),
            }
        }
    }
}

/// Rounded up to whole minutes: a promise a little late is better than one broken.
fn minutes(wait: Duration, lang: Lang) -> String {
    match (wait.as_secs().div_ceil(60).max(1), lang) {
        (1, Lang::Pt) => "1 minuto".to_owned(),
        (1, Lang::En) => "1 minute".to_owned(),
        (n, Lang::Pt) => format!("{n} minutos"),
        (n, Lang::En) => format!("{n} minutes"),
    }
}

/// A customer who asked for a person while nobody serves them now.
pub fn out_of_hours(opens: Option<String>, lang: Lang) -> String {
    match (opens, lang) {
        (Some(opens), Lang::Pt) => format!(
            "Nosso atendimento está fechado agora e volta {opens}. Sua mensagem fica guardada e será respondida."
        ),
        (None, Lang::Pt) => {
            "Nosso atendimento está fechado agora. Sua mensagem fica guardada e será respondida.".to_owned()
        }
        (Some(opens), Lang::En) => {
            format!("We are closed now and open again {opens}. Your message is kept and will be answered.")
        }
        (None, Lang::En) => "We are closed now. Your message is kept and will be answered.".to_owned(),
    }
}

pub fn nobody_online(lang: Lang) -> String {
    match lang {
        Lang::Pt => "Neste momento não há ninguém disponível. Você está na fila e será atendido assim que possível.",
        Lang::En => "Nobody is available right now. You are in the queue and will be answered as soon as possible.",
    }
    .to_owned()
}

pub fn callback_offer(lang: Lang) -> String {
    match lang {
        Lang::Pt => "Se preferir, deixe aqui seu telefone e o melhor horário, e nós ligamos para você.",
        Lang::En => "If you like, leave your phone number and the best time here, and we will call you back.",
    }
    .to_owned()
}

pub fn queue_full(lang: Lang) -> String {
    match lang {
        Lang::Pt => "Nossa fila está cheia neste momento. Por favor, tente de novo em alguns minutos.",
        Lang::En => "Our queue is full right now. Please try again in a few minutes.",
    }
    .to_owned()
}

/// The answer to `/stop`.
pub fn opted_out(lang: Lang) -> String {
    match lang {
        Lang::Pt => "Pronto: você não receberá mais mensagens de campanhas. Escreva /start para voltar.",
        Lang::En => "Done: you will get no more campaign messages. Write /start to come back.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_only_when_it_is_known() {
        let known = Wait::InLine { position: 3, estimate: Some(Duration::from_secs(61)) };
        let told = text(&Notice::Queued, &known, None, Lang::Pt).unwrap();
        assert!(told.contains("3º") && told.contains("2 minutos"), "{told}");
        let unknown = Wait::InLine { position: 1, estimate: None };
        let told = text(&Notice::Queued, &unknown, None, Lang::En).unwrap();
        assert!(told.contains("number 1") && !told.contains("minute"), "{told}");
    }
}
