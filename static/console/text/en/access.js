export default {
  "access.title": "Choose your password",
  "access.text": "Hello, {name}. With it and {email} you log in to {organization}.",
  "access.password": "Password",
  "access.password.help": "At least {min} characters.",
  "access.choose": "Save and log in",
  "access.code": "Password saved",
  "access.gone.title": "This link is no longer good",
  "access.gone.text": "It was used, replaced or is too old. Ask an administrator for another.",
  "access.enter": "Go to the login",
};
