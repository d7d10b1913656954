//! What a message wants: the built-in intents of any contact center, and the ones a bot's settings name with keywords
//! and examples. Keywords and phrases are looked for by their stems, a few words may stand between; examples are compared
//! by the words they share.

use std::collections::HashMap;

use super::lexicon::NEGATORS;
use super::stem::stem;
use super::{Word, read, sentiment};

/// Below it nothing is recognised.
const CERTAIN_ENOUGH: f64 = 0.5;
/// How far apart the two words of a pair may stand.
const PAIR_REACH: usize = 6;
/// Words that may stand between two of a phrase.
const GAP: usize = 2;
/// Longest of a bot's own items that counts as a keyword; longer ones are examples.
const KEYWORD_WORDS: usize = 3;
/// Examples that share less with a message say nothing about it.
const ALIKE: f64 = 0.55;

/// How much a sign tells.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sign {
    Strong,
    Likely,
    /// Likely when the message says little else: "gerente!" but not "o gerente do banco pediu um comprovante".
    Alone,
    Hint,
}

impl Sign {
    fn certainty(self, words: usize) -> f64 {
        match self {
            Sign::Strong => 0.85,
            Sign::Likely => 0.6,
            Sign::Alone if words <= KEYWORD_WORDS => 0.6,
            Sign::Alone | Sign::Hint => 0.35,
        }
    }
}

/// An intent and how sure it is, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    pub intent: String,
    pub confidence: f64,
}

/// All intents of a bot, ready to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Intents {
    names: Vec<String>,
    patterns: Vec<Pattern>,
    /// Patterns by their first stem.
    starts: HashMap<String, Vec<usize>>,
    /// Which side of which of [`PAIRS`] a stem is on, and the intent of each pair.
    sides: HashMap<String, Vec<(usize, Side)>>,
    pairs: Vec<usize>,
    /// For each example its intent and how many different stems it has.
    examples: Vec<(usize, usize)>,
    /// Examples by each of their stems.
    shared: HashMap<String, Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[derive(Debug, Clone, PartialEq)]
struct Pattern {
    intent: usize,
    stems: Vec<String>,
    sign: Sign,
}

impl Default for Intents {
    fn default() -> Self {
        Intents::new(&[])
    }
}

impl Intents {
    /// The built-in intents and a bot's own: name, then keywords (up to three words) and examples (longer). A name of
    /// both kinds is one intent.
    pub fn new(own: &[(String, Vec<String>)]) -> Self {
        let mut intents = Intents {
            names: Vec::new(),
            patterns: Vec::new(),
            starts: HashMap::new(),
            sides: HashMap::new(),
            pairs: Vec::new(),
            examples: Vec::new(),
            shared: HashMap::new(),
        };
        for (name, items) in own {
            let intent = intents.intent(name);
            for item in items {
                if read(item).len() <= KEYWORD_WORDS {
                    intents.pattern(intent, Sign::Strong, item);
                } else {
                    intents.example(intent, item);
                }
            }
        }
        for (name, sign, phrases) in BUILT_IN.iter().copied() {
            let intent = intents.intent(name);
            for phrase in phrases.split(',') {
                intents.pattern(intent, sign, phrase);
            }
        }
        for (pair, (name, left, right)) in PAIRS.iter().enumerate() {
            let intent = intents.intent(name);
            intents.pairs.push(intent);
            for (side, words) in [(Side::Left, left), (Side::Right, right)] {
                let mut stems: Vec<&str> = words.split_whitespace().map(stem).collect();
                stems.sort_unstable();
                stems.dedup();
                for stem in stems {
                    intents.sides.entry(stem.to_owned()).or_default().push((pair, side));
                }
            }
        }
        intents
    }

    fn intent(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn pattern(&mut self, intent: usize, sign: Sign, phrase: &str) {
        let stems: Vec<String> = read(phrase).iter().map(|word| stem(&word.folded).to_owned()).collect();
        if let Some(first) = stems.first() {
            self.starts.entry(first.clone()).or_default().push(self.patterns.len());
            self.patterns.push(Pattern { intent, stems, sign });
        }
    }

    fn example(&mut self, intent: usize, text: &str) {
        let stems = content(&read(text));
        for stem in &stems {
            self.shared.entry(stem.clone()).or_default().push(self.examples.len());
        }
        self.examples.push((intent, stems.len()));
    }

    /// The most certain intent of a message. Greetings, thanks and farewells count only when nothing else is wanted.
    pub fn recognise(&self, text: &str) -> Option<Recognised> {
        let words = read(text);
        let stems: Vec<&str> = words.iter().map(|word| stem(&word.folded)).collect();
        // What remains unlikely after all that was found.
        let mut doubt = vec![1.0_f64; self.names.len()];
        let mut matched: Vec<(usize, usize)> = Vec::new();
        for (at, start) in stems.iter().enumerate() {
            for index in self.starts.get(*start).into_iter().flatten() {
                let Some(pattern) = self.patterns.get(*index) else { continue };
                let negatable = self.names.get(pattern.intent).is_some_and(|name| NEGATABLE.contains(&name.as_str()));
                // The same pattern twice, or a phrase inside another of one intent, is one sign.
                if !matched.contains(&(pattern.intent, at))
                    && pattern.stands(&stems, at)
                    && !(negatable && refused(&words, at))
                {
                    if let Some(doubt) = doubt.get_mut(pattern.intent) {
                        *doubt *= 1.0 - pattern.sign.certainty(words.len());
                    }
                    matched.push((pattern.intent, at));
                }
            }
        }
        self.find_pairs(&words, &stems, &mut doubt);
        self.compare_examples(&words, &mut doubt);
        let complaint = self.names.iter().position(|name| name == "complaint");
        if let Some(doubt) = complaint.and_then(|complaint| doubt.get_mut(complaint)) {
            // Anger is a hint; anger at somebody who should have done better is more.
            let mood = sentiment(text);
            let at_us = words.iter().any(|word| COMPANY.contains(&word.folded.as_str()));
            *doubt *= match at_us {
                true if mood < -0.3 => 1.0 - Sign::Likely.certainty(words.len()),
                false if mood < -0.5 => 1.0 - Sign::Hint.certainty(words.len()),
                _ => 1.0,
            };
        }
        let polite = |intent: usize| self.names.get(intent).is_some_and(|name| POLITE.contains(&name.as_str()));
        let best = |wanted: &dyn Fn(usize) -> bool| {
            let certain = doubt.iter().enumerate().map(|(intent, doubt)| (intent, 1.0 - doubt));
            let mut best: Option<(usize, f64)> = None;
            for (intent, certainty) in
                certain.filter(|(intent, certainty)| wanted(*intent) && *certainty >= CERTAIN_ENOUGH)
            {
                if best.is_none_or(|(_, most)| certainty > most) {
                    best = Some((intent, certainty));
                }
            }
            best
        };
        // Courtesy opens and closes messages about something else; alone it is short.
        let found = best(&|intent| !polite(intent)).or_else(|| best(&polite).filter(|_| words.len() <= 10));
        let (intent, confidence) = found?;
        Some(Recognised { intent: self.names.get(intent)?.clone(), confidence })
    }

    /// Words that mean an intent only together: "fecham" and "domingo".
    fn find_pairs(&self, words: &[Word], stems: &[&str], doubt: &mut [f64]) {
        let mut places: Vec<(usize, Side, usize)> = Vec::new();
        for (at, stem) in stems.iter().enumerate() {
            places.extend(self.sides.get(*stem).into_iter().flatten().map(|(pair, side)| (*pair, *side, at)));
        }
        let mut found: Vec<usize> = Vec::new();
        for (pair, _, left) in places.iter().filter(|(_, side, _)| *side == Side::Left) {
            let near = |(other, side, right): &&(usize, Side, usize)| {
                other == pair && *side == Side::Right && right != left && right.abs_diff(*left) <= PAIR_REACH
            };
            let Some(intent) = self.pairs.get(*pair).copied() else { continue };
            let Some((_, _, right)) = places.iter().find(near) else { continue };
            let name = self.names.get(intent).map_or("", String::as_str);
            let refused = NEGATABLE.contains(&name) && refused(words, *left.min(right));
            if !refused && !found.contains(&intent) {
                found.push(intent);
                if let Some(doubt) = doubt.get_mut(intent) {
                    *doubt *= 1.0 - Sign::Likely.certainty(words.len());
                }
            }
        }
    }

    /// The closest example of each intent.
    fn compare_examples(&self, words: &[Word], doubt: &mut [f64]) {
        if self.examples.is_empty() {
            return;
        }
        let said = content(words);
        let mut common: HashMap<usize, usize> = HashMap::new();
        for example in said.iter().filter_map(|stem| self.shared.get(stem)).flatten() {
            *common.entry(*example).or_default() += 1;
        }
        let mut closest: HashMap<usize, f64> = HashMap::new();
        for (example, count) in common {
            if let Some((intent, length)) = self.examples.get(example) {
                let alike = count as f64 / ((length * said.len()) as f64).sqrt();
                let best = closest.entry(*intent).or_default();
                *best = best.max(alike);
            }
        }
        for (intent, alike) in closest.into_iter().filter(|(_, alike)| *alike >= ALIKE) {
            if let Some(doubt) = doubt.get_mut(intent) {
                *doubt *= 1.0 - alike.min(0.95);
            }
        }
    }
}

impl Pattern {
    /// Whether its words stand in order from `at` on, with few others between.
    fn stands(&self, stems: &[&str], at: usize) -> bool {
        let mut next = at;
        self.stems.iter().enumerate().all(|(index, sought)| {
            let reach = if index == 0 { 0 } else { GAP };
            let here = (next..=next + reach).find(|place| stems.get(*place).is_some_and(|stem| stem == sought));
            here.inspect(|place| next = place + 1).is_some()
        })
    }
}

/// The different stems of the words that carry meaning.
fn content(words: &[Word]) -> Vec<String> {
    let mut stems: Vec<String> = words
        .iter()
        .filter(|word| !EMPTY_WORDS.contains(&word.folded.as_str()))
        .map(|word| stem(&word.folded).to_owned())
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// "Não quero cancelar", "don't cancel"; not "não consigo cancelar", nor "não quero robô quero gente".
fn refused(words: &[Word], at: usize) -> bool {
    const ABLE: [&str; 12] =
        ["consigo", "consegui", "posso", "pude", "deixa", "da", "ainda", "cant", "cannot", "couldnt", "able", "sei"];
    const WANTS: [&str; 8] = ["quero", "queria", "preciso", "precisa", "gostaria", "want", "need", "wanna"];
    let word = |index: usize| words.get(index).map_or("", |word| word.folded.as_str());
    let negates = |index: usize| {
        let word = word(index);
        !matches!(word, "nobody" | "ninguem" | "nada")
            && !ABLE.contains(&word)
            && NEGATORS.split_whitespace().any(|negator| negator == word)
    };
    let mut index = at;
    loop {
        if ABLE.contains(&word(index)) {
            return false;
        }
        let wants = WANTS.contains(&word(index));
        let refuses = index > 0 && negates(index - 1);
        if wants {
            // A wish reaches as far as its sentence.
            return refuses;
        }
        if refuses {
            return at - index < 2;
        }
        if index == 0 || at - index == 4 || words.get(index).is_some_and(|word| word.begins) {
            return false;
        }
        index -= 1;
    }
}

const EMPTY_WORDS: &[&str] = &[
    "a", "o", "as", "os", "um", "uma", "de", "do", "da", "dos", "das", "em", "no", "na", "para", "pra", "por", "com",
    "e", "que", "eu", "me", "meu", "minha", "voce", "vc", "vcs", "voces", "ao", "se", "the", "an", "of", "in", "on",
    "to", "for", "with", "and", "is", "are", "i", "my", "you", "your", "it", "this", "that", "do", "does", "can",
    "could", "would", "be", "am", "at", "quero", "want", "please", "favor",
];

/// Whom customers blame.
const COMPANY: [&str; 26] = [
    "voces",
    "vcs",
    "empresa",
    "loja",
    "atendente",
    "atendentes",
    "funcionario",
    "funcionarios",
    "entregador",
    "tecnico",
    "gerente",
    "equipe",
    "atendimento",
    "you",
    "your",
    "youre",
    "company",
    "staff",
    "store",
    "driver",
    "technician",
    "manager",
    "team",
    "service",
    "restaurante",
    "hotel",
];

/// Whose words say the opposite after a negation.
const NEGATABLE: [&str; 3] = ["cancel", "escalate", "complaint"];

const POLITE: [&str; 3] = ["greeting", "thanks", "goodbye"];

/// Intent, then two lists: a word of each, not far apart, in either order.
const PAIRS: &[(&str, &str, &str)] = &[
    (
        "escalate",
        "falar conversar atendido atendida transfere transferir transferencia passa encaminha encaminhar contato chamar talk speak chat
         transfer connect contact hand forward reach",
        "pessoa alguem humano gente especialista consultor atendente responsavel gerente setor departamento financeiro vendas rh
         comercial juridico diretoria ouvidoria advogado person somebody someone human colleague specialist advisor agent manager
         supervisor department finance billing sales hr legal representative staff operator",
    ),
    ("escalate", "cansei cansado tired sick enough chega aguento", "robo maquina bot machine robot ia gravacao"),
    (
        "cancel",
        "encerrar encerramento desativar desligar terminar fechar suspender interromper sair excluir apagar end terminate close
         deactivate quit leave rid stop discontinue delete",
        "plano conta assinatura contrato linha servico cadastro matricula mensalidade plan account subscription contract membership
         service line",
    ),
    ("cancel", "nao dont not wont", "renovar renovo renovem renovacao renew renewal"),
    (
        "order_status",
        "pedido encomenda compra entrega pacote mercadoria remessa order package parcel shipment delivery purchase stuff",
        "onde cade quando chega chegar chegou caminho status situacao andamento previsao prazo rastrear acompanhar despachado enviado
         enviaram saiu pe where when arrive arrived arriving track tracking status shipped ship expect eta update way moved",
    ),
    (
        "order_status",
        "quando when dias days long onde where",
        "chegar chega entregam entregar despacham arrive arrives ships deliver delivered shipped",
    ),
    ("order_status", "era due devia deveria supposed expected entregue delivered diz says", "ontem hoje yesterday today recebi chegou got arrived have"),
    (
        "price",
        "quanto qto qual quais quero saber how much what whats any is fazem",
        "custa custo cobra cobram sai saindo valor valores preco precos desconto promocao tarifa taxa mensalidade orcamento menos
         charge charges cost costs price prices pricing fee fees rate rates discount promo coupon quote cheaper",
    ),
    (
        "opening_hours",
        "abre abrem abrir aberto aberta abertos fecha fecham fechado fechada atende atendem atendimento funciona funcionam expediente
         trabalham encerra open opens opening close closes closed working",
        "hora horas horario hoje hj amanha sabado domingo segunda sexta feriado fds natal carnaval cedo noite when time hours today
         tomorrow monday tuesday wednesday thursday friday saturday sunday sundays weekend weekends holiday christmas",
    ),
    ("opening_hours", "what whats which qual quais", "hours horario horarios expediente"),
    (
        "complaint",
        "veio vieram chegou chegaram mandaram recebi entregaram arrived came received got sent delivered",
        "quebrado quebrada amassado amassada estragado estragada errado errada faltando vazio vazia rasgado trincado sujo suja frio fria
         cru crua vencido broken damaged wrong dented missing torn cracked cold dirty expired defective spoiled empty",
    ),
    (
        "complaint",
        "cobraram cobrado cobrada descontaram debitaram charged billed took deducted withdrew",
        "duas dobro errado indevido sem nunca mais permissao autorizacao twice double without wrong never extra again permission",
    ),
    (
        "complaint",
        "ninguem nobody noone prometem prometeram promised marcaram combinaram told said",
        "resolve resolver resolveu responde respondeu apareceu apareceram atende cumpriram veio mes meses semanas dias called responded
         replied answered showed months weeks ago month days",
    ),
    ("complaint", "tratada tratado trataram tratou treated", "lixo cachorro mal grosseria horrivel dirt badly rudely garbage trash"),
    ("complaint", "propaganda anuncio advertising advertisement ad", "enganosa mentirosa falsa false misleading fake"),
];

/// Intent, certainty, phrases. In the form people write them; stems bring the other forms.
const BUILT_IN: &[(&str, Sign, &str)] = &[
    ("escalate", Sign::Strong, "
        falar com atendente, falar com humano, falar com pessoa, falar com alguem, falar com gerente, falar com supervisor,
        falar com vendedor, falar com responsavel, falar com gente, falar com suporte, conversar com atendente,
        conversar com pessoa, conversar com alguem, conversar com humano, atendente humano, atendimento humano, pessoa real,
        pessoa de verdade, ser humano, algum humano, passa pra uma pessoa, passa pra alguem, passar para um atendente,
        chama alguem, chamar alguem, chama o gerente, me transfere, me transferir, transferir para, transferir pro, transfere para,
        alguem me ligar, alguem me liga, quero gente, quero um humano, quero um atendente, quero atendente, preciso de um atendente,
        preciso de uma pessoa, falar com o setor, falar com o financeiro, falar com voces por telefone,
        talk to human, talk to person, talk to someone, talk to agent, talk to representative, talk to anyone, talk to somebody,
        speak to human, speak to person, speak to someone, speak to agent, speak to representative, speak to manager,
        speak with human, speak with someone, speak with agent, speak with manager, speak to your manager, real person,
        real human, live agent, live person, human agent, chat with someone, chat with agent, chat with customer service,
        chat with a person, talk with someone, transfer me, connect me, put me through, get me a person, get me a human, someone call me,
        call me back, want a human, want an agent, need an agent, need a human, need a person, anyone i can talk to, human please, agent please
    "),
    ("escalate", Sign::Alone, "atendente, humano, human, agent, operator, representative, operador, gerente, manager, supervisor"),
    ("cancel", Sign::Strong, "
        cancelar, cancelamento, cancel, cancellation, cancelem, unsubscribe, encerrar conta, encerrar minha conta, encerrar contrato,
        fechar minha conta, excluir minha conta, desisti da compra, desistir da compra, quero desistir, nao quero mais o plano,
        nao quero mais a assinatura, nao quero mais o servico, nao quero mais o produto, nao quero mais comprar, close my account,
        delete my account, changed my mind, dont want it anymore, do not want it anymore, end my subscription, terminate my contract
    "),
    ("cancel", Sign::Likely, "desisti, desisto, desistir, rescindir, rescisao"),
    ("complaint", Sign::Strong, "
        fazer reclamacao, registrar reclamacao, abrir reclamacao, quero reclamar, vou reclamar, procon, reclame aqui, file a complaint,
        make a complaint, want to complain, falta de respeito, desrespeito, pessimo atendimento, atendimento horrivel, nunca mais compro,
        dinheiro de volta, money back, cobrado duas vezes, cobrada duas vezes, cobranca indevida, charged twice, chegou quebrado,
        veio quebrado, chegou com defeito, veio com defeito, veio errado, produto errado, mandaram errado, arrived broken,
        arrived damaged, wrong item, wrong size, wrong order, worst service, terrible service, awful service, bad service,
        terceira vez, third time, ninguem resolve, ninguem responde, ninguem me responde, ninguem atende, nobody answers,
        nobody replies, nobody called, no one answers, nobody responds, me enganaram, fui enganado, me prometeram, you promised
    "),
    ("complaint", Sign::Likely, "
        reclamacao, reclamar, absurdo, palhacada, descaso, incompetente, mentira, golpe, propaganda enganosa, vergonha, complaint,
        unacceptable, ridiculous, outrageous, scam, rude, grosso, mal educado, atrasou, chegou fria, cold and late, stole, liar, useless,
        delayed again, de novo errado, que demora, what a joke, report you, lixo de empresa, processar
    "),
    ("complaint", Sign::Hint, "
        de novo, again, pessimo, horrivel, terrible, horrible, quebrado, broken, defeito, defective, decepcionado, disappointed, dirty,
        ignored, never, nunca, ninguem, nobody, meses, enrola
    "),
    ("order_status", Sign::Strong, "
        cade meu pedido, onde esta meu pedido, onde ta meu pedido, meu pedido nao chegou, status do pedido, situacao do pedido,
        andamento do pedido, rastrear, rastreio, rastreamento, codigo de rastreio, acompanhar pedido, pedido chega, pedido chegou,
        quando chega, que dia chega, quando vai chegar, previsao de entrega, prazo de entrega, onde esta minha entrega,
        onde esta minha encomenda, onde esta meu pacote, cade minha encomenda, cade minha entrega, despacharam, foi enviado, ja enviaram,
        saber da entrega, saber do pedido, saiu para entrega, pedido atrasado, where is my order, wheres my order,
        where is my package, wheres my package, track my order, track my package, tracking number, order status, status of my order,
        update on order, update on my order, when will it arrive, when will it be delivered, when will my order, has my order shipped,
        order shipped, did you ship, has it shipped, hows my order, where is my parcel, where is my delivery, waiting for my order,
        waiting for my delivery, waiting for my package, supposed to arrive, when does it get here, get here, expected delivery
    "),
    ("order_status", Sign::Likely, "meu pedido, minha encomenda, minha entrega, my parcel, my package, my order, my delivery, tracking, shipped"),
    ("price", Sign::Strong, "
        quanto custa, quanto e, quanto fica, quanto sai, quanto ta, quanto esta, qto custa, qto ta, qto e, qto fica, qual o preco, qual o valor,
        qual valor, tabela de precos, valor da, valor do, preco da, preco do, orcamento, cotacao, tem desconto, cupom de desconto,
        how much, what is the price, whats the price, what does it cost, cost for, price of, prices, price list, price, preco, get a quote,
        your rates, monthly fee, any discount, discounts, how much does, too expensive, anything cheaper
    "),
    ("price", Sign::Likely, "desconto, discount, quote, mensalidade, valores, cost, fee, mais barato, cheaper, caro"),
    ("opening_hours", Sign::Strong, "
        horario de funcionamento, horario de atendimento, que horas abre, que horas abrem, que horas voces abrem, que horas fecha,
        que horas voces fecham, a que horas, ate que horas, abrem no, abre no, abrem aos, abre aos, abre hoje, abrem hoje, aberto hoje,
        esta aberto, ta aberta, ta aberto, loja aberta, funciona no feriado, funciona aos, funcionam no, funciona no sabado,
        funciona no domingo, atendem no, atendem aos, atendem sabado, atendem domingo, opening hours, opening times, business hours,
        what time do you open, what time do you close, when do you open, when do you close, are you open, r u open, you open on, open on,
        open today, open tomorrow, closed today, closed tomorrow, your hours, store hours, open now
    "),
    ("opening_hours", Sign::Likely, "voces abrem, vcs abrem, vcs fecham, horario da loja, what time"),
    ("thanks", Sign::Strong, "
        obrigado, obrigada, obrigadao, obg, brigado, brigada, brigadao, valeu, vlw, agradeco, grato, grata, thanks, thank you, thank u, thx,
        ty, tks, tnx, cheers, appreciate
    "),
    ("goodbye", Sign::Strong, "
        tchau, ate mais, ate logo, ate amanha, ate breve, ate a proxima, flw, falou, adeus, era so isso, por enquanto e so, e so isso,
        bye, goodbye, good bye, see you, see ya, cya, talk to you later, talk later, thats all, have a good one, nothing else
    "),
    ("greeting", Sign::Strong, "
        oi, oie, oii, ola, opa, alo, bom dia, boa tarde, boa noite, e ai, eae, salve, hi, hello, hey, hiya, howdy, good morning,
        good afternoon, good evening, greetings
    "),
    ("greeting", Sign::Hint, "tudo bem, tudo bom, blz, how are you"),
    ("order_status", Sign::Hint, "pedido, encomenda, entrega, rastrear, delivery, parcel, package"),
    ("cancel", Sign::Hint, "reembolso, refund, encerrar"),
    ("price", Sign::Hint, "valor, parcela, frete, plano"),
    ("opening_hours", Sign::Hint, "abrem, fecham, aberto, sabado, domingo, feriado, sundays, holiday"),
    ("goodbye", Sign::Hint, "otimo final de semana, bom final de semana, have a great day, have a nice day"),
    ("thanks", Sign::Hint, "ajudou demais, helpful"),
    ("escalate", Sign::Hint, "nao entende nada, robo, bot, stop with the bot"),
    ("escalate", Sign::Strong, "
        quero falar com, preciso falar com, posso falar com, consigo falar com, como falo com, gostaria de falar com, falar com a pessoa,
        ser atendido por gente, ser atendido por pessoa, atendido por uma pessoa, atendido por um humano, em contato com, entrem em contato,
        carne e osso, me liga, me ligue, me liguem, chama um humano, chama uma pessoa, need to speak, want to speak,
        can i speak, like to speak, let me speak, can i talk, need to talk to, want to talk to, like to talk to, get someone, someone real,
        contact me, call me, give me a person, give me a human, customer service rep, escalate this
    "),
    ("escalate", Sign::Alone, "advisor, rep, consultor, supervisor, ouvidoria, sac"),
    ("cancel", Sign::Strong, "
        sair do plano, sair da assinatura, desmarcar, descadastrar, tira meu nome, tirem meu nome, me tira da lista, remover meu cadastro,
        parar de receber, parar a assinatura, suspender assinatura, interromper o plano, encerrar o plano, encerrar assinatura,
        terminate, stop my, end my, take me off, remove me, opt out, unsubscribe me, stop sending me, delete my data
    "),
    ("complaint", Sign::Strong, "
        nao veio, faltando peca, faltou item, veio faltando, veio incompleto, nunca contratei, nao contratei, nao autorizei, cobranca errada,
        cobraram a mais, cobraram errado, valor errado, desligou na minha cara, me trataram, mal atendido, mal atendida, me deixaram,
        missing from, items missing, never showed up, didnt show up, no show, overcharged, never asked for, not what i paid,
        not what i ordered, hung up on me, billed twice, double charged, billed for, charged for something, done with this company,
        done with you, customer service is
    "),
    ("complaint", Sign::Likely, "unbelievable, imundo, cobraram, inadmissivel, inaceitavel, fraude, propaganda, overcharge, misled"),
    ("order_status", Sign::Strong, "
        era pra ter chegado, deveria ter chegado, devia ter chegado, ainda nao chegou, nao chegou, ainda nao recebi, nao recebi o produto,
        nao recebi meu pedido, ja saiu, saiu pra entrega, qual transportadora, quando entregam, quando voces entregam, quando vcs entregam,
        novidade da encomenda, novidade do pedido, noticia do pedido, ja foi postado, eta on, eta for, where is my stuff, says delivered,
        marked as delivered, hasnt arrived, hasnt moved, not arrived, not received, didnt receive my, havent received my, my refund go through,
        out for delivery, on its way, when is it coming, when will i get
    "),
    ("order_status", Sign::Likely, "transportadora, encomenda, motoboy, eta, postado, refund go through"),
    ("price", Sign::Strong, "
        quanto cobram, quanto voces cobram, quanto vcs cobram, quanto cobra, por quanto, qual o custo, custo do, custo da, precinho, tarifa,
        what do you charge, do you charge, pricing, estimate, shipping free, free shipping, frete gratis, quanto de entrada, valor mensal
    "),
    ("opening_hours", Sign::Strong, "
        estao abertos, estao abertas, esta aberta, vao abrir, vai abrir, vao trabalhar, trabalham no, trabalham aos, trabalham sabado,
        fecha pro almoco, fecha para almoco, fecham pro almoco, que horas encerra, ate quando ficam, until what time, what time are you there,
        work weekends, open weekends, be open, you open at, close at, open late, still open, opening time
    "),
    ("thanks", Sign::Strong, "gratidao, deus abencoe, much appreciated, bless you, agradecido, agradecida, thnx, thanx, tysm"),
    ("goodbye", Sign::Strong, "abraco, abracos, fui, ate outra hora, tchauzinho, thats it, take care, have a nice, good night"),
    ("greeting", Sign::Strong, "eai, morning, ola pessoal, prezados, hi there"),
];

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static BUILT_IN_ONLY: LazyLock<Intents> = LazyLock::new(Intents::default);

    fn wants(text: &str) -> Option<String> {
        BUILT_IN_ONLY.recognise(text).map(|found| found.intent)
    }

    #[test]
    fn stems_gaps_and_negation_are_understood() {
        for (text, intent) in [
            ("gostaria de CANCELAR o meu plano", Some("cancel")),
            ("quero o cancelamento", Some("cancel")),
            ("não quero cancelar", None),
            ("não consigo cancelar", Some("cancel")),
            ("don't cancel it", None),
            ("I can't cancel my plan", Some("cancel")),
            ("quero falar logo com uma atendente", Some("escalate")),
            ("não quero falar com atendente", None),
            ("Oi, bom dia! Quanto custa o frete?", Some("price")),
            ("gerente!", Some("escalate")),
            ("o gerente do banco pediu um comprovante", None),
            ("oi, obrigada", Some("thanks")),
            ("", None),
        ] {
            assert_eq!(wants(text).as_deref(), intent, "{text}");
        }
    }

    #[test]
    fn a_bots_own_keywords_and_examples_are_intents_too() {
        let own = [
            (
                "second_copy".to_owned(),
                vec!["segunda via".to_owned(), "boleto".into(), "preciso pagar a conta de novo".into()],
            ),
            ("visit".to_owned(), vec!["quero agendar uma visita técnica em casa".to_owned()]),
            ("cancel".to_owned(), vec!["derrubar contrato".to_owned()]),
        ];
        let intents = Intents::new(&own);
        for (text, intent) in [
            ("me manda a 2ª via ou segunda via?", Some("second_copy")),
            ("cadê os boletos", Some("second_copy")),
            ("agendar visita técnica", Some("visit")),
            ("visitas", None),
            ("quero derrubar o contrato", Some("cancel")),
            ("cancela", Some("cancel")),
        ] {
            let found = intents.recognise(text);
            assert_eq!(found.as_ref().map(|found| found.intent.as_str()), intent, "{text}");
            assert!(found.is_none_or(|found| (CERTAIN_ENOUGH..=1.0).contains(&found.confidence)));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_confidence_is_a_share(text in "\\PC{0,60}|((quero|falar|cancelar|pedido|com|não|oi|preço) ?){0,12}") {
            if let Some(found) = BUILT_IN_ONLY.recognise(&text) {
                prop_assert!((CERTAIN_ENOUGH..=1.0).contains(&found.confidence));
            }
        }
    }
}
