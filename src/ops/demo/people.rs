//! Who takes part in the demo: the shop's people and its customers. Pure; the same at every start.

use crate::auth::roles::Role;
use crate::lang::Lang;

/// The name of the organization.
pub const SHOP: &str = "Loja Aurora";

/// Which way a customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    WhatsApp,
    /// A chat of the shop's site, signed in there.
    Web,
    /// The shop's own app.
    Api,
}

impl Via {
    /// The channel's kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Via::WhatsApp => "whatsapp",
            Via::Web => "web",
            Via::Api => "api",
        }
    }
}

/// A customer who is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// No two share it: what events call them is who they are.
    pub name: &'static str,
    /// E.164.
    pub phone: String,
    pub email: String,
    /// What the shop's site and app call them.
    pub id: String,
    pub via: Via,
    pub lang: Lang,
    pub she: bool,
    pub tier: Option<&'static str>,
    pub tags: &'static [&'static str],
}

impl Customer {
    pub fn first_name(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }
}

/// Names of women, then of men; those in English last of each.
const WOMEN: [&str; 25] = [
    "Marina Prado",
    "Camila Duarte",
    "Patrícia Gomes",
    "Juliana Rocha",
    "Fernanda Alves",
    "Renata Cardoso",
    "Aline Barros",
    "Tatiane Moura",
    "Larissa Pinto",
    "Beatriz Fonseca",
    "Sandra Teixeira",
    "Débora Martins",
    "Vanessa Ribeiro",
    "Cláudia Nogueira",
    "Isabela Freitas",
    "Priscila Antunes",
    "Letícia Campos",
    "Elaine Batista",
    "Rosana Melo",
    "Gabriela Siqueira",
    "Natália Vieira",
    "Simone Araújo",
    "Yara Figueiredo",
    "Emily Carter",
    "Hannah Russell",
];
const MEN: [&str; 23] = [
    "Rui Costa",
    "João Batista",
    "Marcelo Pires",
    "Anderson Silva",
    "Felipe Tavares",
    "Gustavo Leal",
    "Rafael Mattos",
    "Thiago Bezerra",
    "Eduardo Sales",
    "Paulo Henrique",
    "Leandro Farias",
    "Vinícius Rangel",
    "Sérgio Coelho",
    "Caio Monteiro",
    "Rodrigo Assis",
    "Márcio Queiroz",
    "Daniel Furtado",
    "Igor Brandão",
    "Otávio Neves",
    "Renan Peixoto",
    "Wagner Dias",
    "Michael Russell",
    "Oliver Hughes",
];
const ENGLISH: [&str; 4] = ["Emily Carter", "Hannah Russell", "Michael Russell", "Oliver Hughes"];
const AREAS: [u32; 8] = [11, 21, 31, 41, 51, 71, 81, 19];

/// Everybody who may write, in a fixed order.
pub fn customers() -> Vec<Customer> {
    let women = WOMEN.iter().map(|name| (*name, true));
    let men = MEN.iter().map(|name| (*name, false));
    let customer = |(place, (name, she)): (usize, (&'static str, bool))| {
        let number = u32::try_from(place).unwrap_or_default();
        let area = AREAS[place % AREAS.len()];
        Customer {
            name,
            phone: format!("+55{area}9{:08}", 87_650_000 + number * 137),
            email: format!("{}@cliente.example", crate::text::words(name).join(".")),
            id: format!("cliente-{:03}", number + 1),
            via: match place % 8 {
                0 | 5 => Via::Web,
                3 => Via::Api,
                _ => Via::WhatsApp,
            },
            lang: if ENGLISH.contains(&name) { Lang::En } else { Lang::Pt },
            she,
            tier: match place % 9 {
                2 => Some("premium"),
                5 => Some("vip"),
                _ => None,
            },
            tags: match place % 7 {
                1 => &["clube aurora"],
                4 => &["recorrente", "clube aurora"],
                _ => &[],
            },
        }
    };
    women.chain(men).enumerate().map(customer).collect()
}

/// Somebody with an account in the shop.
#[derive(Debug, Clone, Copy)]
pub struct Staff {
    pub name: &'static str,
    pub email: &'static str,
    pub role: Role,
    pub department: &'static str,
    pub aliases: &'static [&'static str],
    /// Name and level, 1 to 5.
    pub skills: &'static [(&'static str, u8)],
    /// Queues they serve, and how many conversations at once.
    pub queues: &'static [&'static str],
    pub at_once: i64,
    /// Played; the others wait for whoever tries the demo.
    pub played: bool,
}

pub const ADMIN: Staff = Staff {
    name: "Aurora Souza",
    email: "admin@aurora.example",
    role: Role::Admin,
    department: "Administração",
    aliases: &[],
    skills: &[],
    queues: &[],
    at_once: 5,
    played: false,
};

/// Reads along for the customers who are played: tells them what was answered. Changes nothing.
pub const PANEL: Staff =
    Staff { name: "Painel da loja", email: "painel@aurora.example", role: Role::Viewer, played: true, ..ADMIN };

/// Everybody but the administrator. Those who are played take one conversation at a time, a little less than there is to do:
/// some customers always wait for whoever tries the demo.
pub const STAFF: [Staff; 7] = [
    Staff {
        name: "Carla Mendes",
        email: "carla@aurora.example",
        role: Role::Supervisor,
        department: "Atendimento",
        queues: &["Vendas", "Suporte", "Financeiro"],
        skills: &[("suporte", 4), ("financeiro", 4)],
        ..ADMIN
    },
    Staff {
        name: "Ana Lima",
        email: "ana@aurora.example",
        role: Role::Attendant,
        department: "Vendas",
        aliases: &["ana", "aninha"],
        skills: &[("suporte", 3), ("inglês", 4)],
        queues: &["Vendas", "Suporte"],
        ..ADMIN
    },
    Staff {
        name: "Bruno Castro",
        email: "bruno@aurora.example",
        role: Role::Attendant,
        department: "Suporte",
        aliases: &["bruno"],
        skills: &[("suporte", 5), ("financeiro", 3)],
        queues: &["Suporte", "Financeiro"],
        ..ADMIN
    },
    Staff {
        name: "Bia Ramos",
        email: "bia@aurora.example",
        role: Role::Attendant,
        department: "Suporte",
        aliases: &["bia"],
        skills: &[("suporte", 4), ("inglês", 3)],
        queues: &["Suporte", "Vendas"],
        at_once: 1,
        played: true,
    },
    Staff {
        name: "Lúcia Prado",
        email: "lucia@aurora.example",
        role: Role::Attendant,
        department: "Vendas",
        aliases: &["lúcia"],
        skills: &[("suporte", 2), ("inglês", 5)],
        queues: &["Vendas", "Suporte"],
        at_once: 1,
        played: true,
    },
    Staff {
        name: "Marta Nunes",
        email: "marta@aurora.example",
        role: Role::Attendant,
        department: "Financeiro",
        aliases: &["marta"],
        skills: &[("suporte", 2), ("financeiro", 5)],
        queues: &["Financeiro", "Suporte"],
        at_once: 1,
        played: true,
    },
    PANEL,
];

/// A queue of the shop.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub name: &'static str,
    pub description: &'static str,
    /// Words of the customer that lead here.
    pub topics: &'static [&'static str],
    /// Needed of whoever serves it, with its level.
    pub skill: Option<(&'static str, u8)>,
}

/// In the order in which they are looked at.
pub const QUEUES: [Line; 3] = [
    Line {
        name: "Suporte",
        description: "Entregas, trocas e defeitos",
        topics: &["suporte", "troca", "entrega", "support"],
        skill: Some(("suporte", 1)),
    },
    Line {
        name: "Vendas",
        description: "Dúvidas antes da compra e orçamentos",
        topics: &["vendas", "comprar", "orçamento", "sales"],
        skill: None,
    },
    Line {
        name: "Financeiro",
        description: "Boletos, notas fiscais e estornos",
        topics: &["financeiro", "boleto", "estorno", "billing"],
        skill: Some(("financeiro", 2)),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contacts::phone;

    #[test]
    fn every_customer_is_one_person_who_can_be_reached() {
        let all = customers();
        for distinct in [
            all.iter().map(|customer| customer.name.to_owned()).collect::<BTreeSet<_>>(),
            all.iter().map(|customer| customer.phone.clone()).collect(),
            all.iter().map(|customer| customer.email.clone()).collect(),
        ] {
            assert_eq!(distinct.len(), all.len());
        }
        for customer in &all {
            let normal = phone::normalise(&customer.phone, "BR").map(|phone| phone.as_str().to_owned());
            assert_eq!(normal.as_deref(), Some(customer.phone.as_str()));
        }
        for via in [Via::WhatsApp, Via::Web, Via::Api] {
            assert!(all.iter().filter(|customer| customer.via == via).count() >= 6, "{via:?}");
        }
        let english: Vec<_> = all.iter().filter(|customer| customer.lang == Lang::En).collect();
        assert_eq!(english.len(), ENGLISH.len());
    }

    #[test]
    fn every_queue_has_members_with_its_skill_both_played_and_to_try() {
        for queue in QUEUES {
            for played in [true, false] {
                let fits = |staff: &&Staff| {
                    staff.played == played
                        && staff.role == Role::Attendant
                        && staff.queues.contains(&queue.name)
                        && queue.skill.is_none_or(|(name, level)| {
                            staff.skills.iter().any(|(skill, has)| *skill == name && *has >= level)
                        })
                };
                assert!(STAFF.iter().any(|staff| fits(&staff)), "{} played: {played}", queue.name);
            }
        }
    }
}
