// node read.js FILE...: reads each file with ical.js and prints on a line of its
// own, as a JSON object, what it says of its one VEVENT.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

function said(text) {
  const root = new ICAL.Component(ICAL.parse(text));
  const event = root.getFirstSubcomponent("vevent");
  const facts = { METHOD: root.getFirstPropertyValue("method") };
  for (const name of ["UID", "SEQUENCE", "STATUS", "SUMMARY"])
    facts[name] = String(event.getFirstPropertyValue(name.toLowerCase()) ?? "");
  for (const name of ["DTSTART", "DTEND"])
    facts[name] = event.getFirstPropertyValue(name.toLowerCase())?.toICALString() ?? "";
  for (const name of ["ORGANIZER", "ATTENDEE"]) {
    const party = event.getFirstProperty(name.toLowerCase());
    facts[name] = party.getFirstValue();
    for (const parameter of ["CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP"])
      facts[`${name} ${parameter}`] = party.getFirstParameter(parameter.toLowerCase()) ?? "";
  }
  return facts;
}

for (const path of process.argv.slice(2))
  console.log(JSON.stringify(said(readFileSync(path, "utf8"))));
