export default {
  "attendants.title": "Team",
  "attendants.text": "Who serves, and with how many conversations.",
  "attendants.name": "Name",
  "attendants.status": "Status",
  "attendants.since": "Since",
  "attendants.load": "Conversations",
  "attendants.queues": "Queues",
  "attendants.empty.title": "Nobody in the team yet",
  "attendants.empty.text": "Add people and put them into queues.",
};
