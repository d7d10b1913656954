export default {
  "access.title": "Escolha sua senha",
  "access.text": "Olá, {name}. É com ela e {email} que você entra em {organization}.",
  "access.password": "Senha",
  "access.password.help": "Pelo menos {min} caracteres.",
  "access.choose": "Salvar e entrar",
  "access.code": "Senha salva",
  "access.gone.title": "Este link não vale mais",
  "access.gone.text": "Ele foi usado, substituído ou passou do prazo. Peça outro a quem administra.",
  "access.enter": "Ir para a entrada",
};
