//! Words of praise and anger, written for what customers write to companies, in Brazilian Portuguese and English, with
//! typos and chat spelling that are common. Strength runs from 1 (a hint) to 4; a word outside says nothing. Folded: lower
//! case, no accents. Forms that stemming finds are not listed.

/// Strength, then the words of that strength.
pub const WORDS: &[(f64, &str)] = &[
    (-4.0, "
        odeio odiei odiar detesto pqp vsf vtnc fdp caralho porra vagabundo vagabundos canalha canalhas nojento nojenta nojo
        hate hated fuck fucking fucked motherfucker bullshit scumbags despicable
    "),
    (-3.4, "
        pessimo pessima pessimos pessimas pesimo pecimo horrivel horriveis orrivel horrendo terrivel terriveis lixo lixos
        absurdo absurda inadmissivel inaceitavel ridiculo ridicula vergonhoso vergonha palhacada desrespeito
        descaso golpe golpistas golpista fraude roubo roubaram roubado roubando ladrao ladroes picaretas picaretagem enganado
        enganada enganaram enganacao mentirosos mentiroso mentirosa mentira mentiras merda bosta porcaria droga incompetente incompetentes
        incompetencia humilhado humilhada humilhante revoltado revoltada revoltante indignado indignada indignacao nojeira lamentavel
        deploravel calamidade desastre catastrofe inferno
        worst awful horrible terrible disgusting disgusted pathetic unacceptable outrageous ridiculous garbage trash crap shit
        scam scammed scammers fraud thieves thief stole stolen steal robbed liar liars lied useless worthless incompetent
        horrendous appalling atrocious nightmare disaster furious livid infuriating abysmal ripoff
    "),
    (-2.2, "
        raiva odioso irritado irritada irritante decepcionado decepcionada decepcao decepcionante frustrado frustrada
        frustracao frustrante chateado chateada insatisfeito insatisfeita insatisfacao triste tristeza grosso grossa grosseiro
        grosseria mal-educado estupido estupida idiota idiotas burro ignorado ignorada ignoram descaradamente arrependido arrependida
        arrependimento arrependi ruim ruins pior piores fraco fraquinho nervoso nervosa estressado estressada estressante
        angry mad frustrated frustrating frustration disappointed disappointing disappointment upset annoyed annoying
        rude stupid idiot idiots sucks suck sucked bad ugly letdown hopeless ashamed shame regret poor poorly joke miserable
        dreadful lousy nasty horrid unhappy unprofessional disrespectful disrespect dissatisfied cheated misled
    "),
    (-1.8, "
        problema problemas defeito defeituoso defeitos quebrado quebrada quebrou estragado estragada estragou rasgado rasgada manchado
        manchada sujo suja errado errada errados erradas erraram erro erros falha falhas falhou travado travada travando trava travou
        bugado bugada bug bugs demora demorou demorado demorada demorando atraso atrasado atrasada atrasou atrasaram atrasos lento
        lenta lentidao caro cara carissimo abusivo reclamar reclamacao reclamacoes reclamo procon processar processo prejuizo
        prejudicado enganoso enrola enrolacao enrolando enrolam descumpriram amassado amassada amassou trincado trincada rachado rachada vazando vazou torto torta mofado mofada cru crua queimado queimada queimou chiando desconfortavel apertado incompleto imundo imunda fedido fedida fedor estraga desligou faltando sumiu sumiram perdi perderam perdeu extraviado
        extraviada feio feia preocupado preocupada cansado cansada cansei saco caos confuso confusa dificil complicado
        abandonado abandonada esqueceram aff affs afe affe eca
        problem problems issue issues unbelievable junk freezes freezing frozen dies died dead leaking leaks dented bent moldy undercooked overheats overheating uncomfortable overcooked hair dirt smelly empty scared smelled smells stained noisy bland broken broke defective faulty damaged cracked crashed crashes crashing crash wrong error errors fail
        failed fails failing failure bug bugs buggy delayed delay delays late slow expensive overpriced overcharged dirty stuck
        complaint complaints complain lost missing refused ignored ignoring ignore scratched torn ripped rotten spoiled cold lag
        laggy glitch glitchy confusing confused messy mess worse worried tired sick hurt ugh meh sad hassle unusable unreliable
        inconvenient cheap unfair
    "),
    (-1.2, "
        dificuldade insuficiente incomodo incomoda falta faltou faltaram descontaram vazio negado negaram recusado recusaram recusou bloqueado
        bloqueada bloquearam parado parada fria frio sozinho infelizmente urgente
        unfortunately sadly down denied declined blocked incomplete lacking difficult hard
    "),
    (1.0, "
        certo certinho direito direitinho funcionou resolvido resolveu resolvida tranquilo tranquila razoavel alivio grato grata
        agradeco agradecido agradecida obrigado obrigada obrigadao brigado brigada brigadao obg valeu vlw
        fine works worked solved fixed resolved decent alright relief relieved thanks thank thx ty
    "),
    (1.8, "
        bom boa bons boas bem legal bacana rapido rapida rapidinho agil facil gostoso gostosa bonito bonita util pratico pratica confiavel
        simpatico simpatica educado educada atencioso atenciosa gentil prestativo prestativa competente eficiente
        cuidadoso cuidadosa confortavel justo barato satisfeito satisfeita beleza salvou caprichou melhorou aprovado aprovada ajudou ajudaram eficaz gostei gosto curti recomendo sucesso melhor melhores atendeu
        good nice quick fast easy helpful friendly polite kind clean comfortable smooth useful reliable glad satisfied like
        liked enjoy enjoyed recommend appreciate appreciated grateful cool better efficient professional
        pleasant fun worth cute happier lifesaver saved highly favorite improved upgrade pleased helped clear
    "),
    (2.5, "
        otimo otima otimos otimas feliz felizes contente parabens adorei adoro lindo linda lindos lindas caprichado impecavel sensacional
        top show encantado encantada delicia delicioso deliciosa maravilha alegria orgulho surpreendeu superou
        great happy love loved loves lovely beautiful delicious impressed impressive delighted fresh rock rocks congrats congratulations
        yay brilliant superb proud wow thrilled
    "),
    (3.3, "
        excelente excelentes perfeito perfeita perfeitos perfeitas maravilhoso maravilhosa maravilhosos incrivel incriveis fantastico fantastica amei amo amando
        espetacular sensacionais extraordinario fenomenal
        excellent perfect perfectly amazing awesome fantastic wonderful incredible best outstanding exceptional flawless
        stunning terrific marvelous phenomenal
    "),
    (-3.0, "😡 🤬 👿 🤮 💩 🖕 😤"),
    (-2.0, "😠 👎 😭 😢 😞 😔 😒 🙄 😩 😫 💔 😣 😖 🤦 ☹ 🙁 😕"),
    (2.0, "🙂 😊 👍 👏 🙏 😉 🙌 ✨ 😃 😄 😁 🤗 💪 😋"),
    (3.0, "😍 🥰 ❤ 💖 💜 💚 💙 🤩 😘 🎉 🥳 💯"),
    (2.0, ":) :-) :d =) ;) <3"),
    (-2.0, ":( :-( :'( =( :/ :-/"),
];

/// Phrases whose words mean something else together.
pub const PHRASES: &[(f64, &str)] = &[
    (-3.4, "falta de respeito"),
    (-2.4, "let down"),
    (-2.4, "no help"),
    (-2.0, "sem graca"),
    (-2.0, "nao dura"),
    (-2.0, "nao veio"),
    (-1.8, "nada do"),
    (-1.8, "ate agora nada"),
    (-1.8, "ate agora"),
    (-2.0, "nao presta"),
    (-2.2, "nao vale"),
    (-2.0, "nao era o que"),
    (-2.2, "nao se faz"),
    (-2.0, "got nothing"),
    (-1.8, "hasnt moved"),
    (-2.0, "never showed"),
    (-2.4, "so done"),
    (-2.0, "hung up"),
    (-2.0, "what i paid for"),
    (-2.0, "than expected"),
    (-2.0, "never asked for"),
    (-2.0, "nunca contratei"),
    (-2.4, "cant stand"),
    (-2.0, "tired of"),
    (-2.0, "cansei de"),
    (-2.0, "sem luz"),
    (-2.0, "sem agua"),
    (-1.8, "came off"),
    (-1.8, "sem permissao"),
    (-1.8, "without permission"),
    (2.4, "works like a charm"),
    (2.2, "like a glove"),
    (2.4, "above and beyond"),
    (2.2, "valeu cada centavo"),
    (2.2, "vale cada centavo"),
    (2.2, "vale a pena"),
    (2.2, "valeu a pena"),
    (2.4, "five stars"),
    (2.4, "5 stars"),
    (2.4, "5 estrelas"),
    (2.4, "cinco estrelas"),
    (2.4, "nota mil"),
    (2.4, "nota 1000"),
    (2.4, "couldnt be happier"),
    (2.0, "better than"),
    (2.0, "never had any issues"),
    (2.2, "me salvou"),
    (-2.0, "1 star"),
    (-2.0, "one star"),
    (-1.8, "2 stars"),
    (-3.0, "perda de tempo"),
    (-3.0, "perdi meu tempo"),
    (-2.6, "deixa a desejar"),
    (-2.6, "deixou a desejar"),
    (-3.4, "nota zero"),
    (-3.4, "nota 0"),
    (-2.8, "nao aguento mais"),
    (-2.8, "saco cheio"),
    (-2.8, "na mao"),
    (-2.6, "esperava mais"),
    (-2.6, "ta de brincadeira"),
    (-2.6, "de novo nao"),
    (-2.8, "dinheiro de volta"),
    (-3.0, "nunca mais"),
    (-2.2, "ninguem resolve"),
    (-2.2, "ninguem responde"),
    (-2.2, "ninguem me responde"),
    (-2.2, "ninguem atende"),
    (-2.2, "sem resposta"),
    (-2.2, "nao resolve"),
    (-2.2, "nao resolveram"),
    (-1.8, "nao funciona"),
    (-1.8, "nao ta funcionando"),
    (-1.8, "nao esta funcionando"),
    (-1.8, "nao abre"),
    (-1.6, "nao consigo"),
    (-1.8, "nao chegou"),
    (-1.8, "nao entende"),
    (-1.8, "nao cumpriram"),
    (-1.6, "cobrado duas vezes"),
    (-1.6, "duas vezes"),
    (-1.8, "terceira vez"),
    (-1.8, "e nada"),
    (-1.2, "de novo"),
    (-1.6, "outra vez"),
    (-1.6, "sem internet"),
    (-1.6, "sem sinal"),
    (-1.6, "sem energia"),
    (-2.2, "que demora"),
    (-1.8, "uma eternidade"),
    (2.4, "nota 10"),
    (2.4, "nota dez"),
    (2.0, "deu certo"),
    (2.2, "sem problemas"),
    (1.6, "sem problema"),
    (2.4, "mudou minha vida"),
    (2.4, "antes do prazo"),
    (2.4, "do que reclamar"),
    (2.4, "show de bola"),
    (2.4, "sao demais"),
    (2.2, "ajudou demais"),
    (0.0, "bom dia"),
    (0.0, "boa tarde"),
    (0.0, "boa noite"),
    (0.0, "tudo bem"),
    (0.0, "good morning"),
    (0.0, "good afternoon"),
    (0.0, "good evening"),
    (0.0, "would like"),
    (0.0, "id like"),
    (0.0, "i like to"),
    (0.0, "feels like"),
    (0.0, "looks like"),
    (-3.0, "waste of time"),
    (-3.0, "waste of money"),
    (-3.2, "rip off"),
    (-2.8, "fed up"),
    (-2.6, "money back"),
    (-2.6, "what a joke"),
    (-1.8, "fell apart"),
    (-1.8, "on hold"),
    (-1.8, "charged twice"),
    (-1.8, "still nothing"),
    (-1.8, "still waiting"),
    (-2.4, "never again"),
    (2.6, "saved my day"),
    (2.4, "no complaints"),
    (1.6, "no problem"),
];

/// Words that turn what follows around.
pub const NEGATORS: &str = "
    nao nunca jamais nem nada sem ninguem naum tampouco
    not no never dont doesnt didnt isnt wasnt arent werent cant cannot couldnt wont wouldnt shouldnt hasnt havent hadnt aint without
    nobody nothing hardly
";

/// What things and people are there to do. Said with a negation it is a grievance: "não carrega", "nobody answers".
pub const DUTIES: &str = "
    funciona funcionou funcionando carrega carregou carregando liga ligou abre abriu abrindo conecta conectou entra chega chegou chegaram
    aparece apareceu apareceram responde respondeu responderam resolve resolveu resolveram atende atendeu atenderam entrega entregaram
    cumpre cumpriu cumpriram cumprem dura durou presta serve serviu para recebi veio vieram ajuda ajudou ajudaram gela esquenta
    work works worked working load loads loading open opens start starts connect connects charge charges answer answers answered
    answering respond responds responded reply replies replied show showed arrive arrives arrived deliver delivered help helped
    helping turn fit fits last lasts update updates sync syncs received came care cares listen listens
";

/// How much stronger or weaker the neighbouring word becomes.
pub const DEGREES: [(f64, &str); 4] = [
    (1.35, "
        muito muita mt mto mta muitissimo super bem bastante tao extremamente totalmente completamente absurdamente demais mega
        hiper realmente incrivelmente verdadeiramente sempre
        very so really extremely totally absolutely completely incredibly super too highly truly insanely freaking
    "),
    (1.15, "mais more quite pretty"),
    (0.6, "pouco meio menos quase talvez kinda somewhat slightly fairly little bit mildly"),
    (0.8, "um tanto relativamente rather"),
];

/// What comes after them weighs more than what came before.
pub const TURNS: &str = "mas porem contudo entretanto so_que but however although";
