export default {
  "inbox.list": "Conversations",
  "inbox.empty.title": "No conversations now",
  "inbox.empty.text": "Conversations of your queues appear here the moment they arrive.",
};
