export default {
  "dashboard.title": "Dashboard",
  "dashboard.text": "Operations now and in the last hours.",
  "dashboard.waiting": "Waiting",
  "dashboard.active": "Active",
  "dashboard.online": "Team online",
  "dashboard.utilisation": "Utilisation",
  "dashboard.wait": "Average wait",
  "dashboard.first_response": "First response",
  "dashboard.resolved": "Resolved",
  "dashboard.csat": "CSAT",
};
