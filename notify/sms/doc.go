// Package sms hands texts to a gateway, and reads what the gateway says: reports about texts, and texts that came in.
//
//	Message ──► Generic (a YAML file says how) ──► gateway ──► POST /hooks/sms/generic ──► Read ──► Incoming
//	        ──► Twilio  (REST of its shape)    ──► gateway ──► POST /hooks/sms/twilio  ──► Read ──► Incoming
//
// Every driver signs in its own way; Read refuses what is not signed. A text is counted in parts as phones do: see
// Segments. No number and no word of a text reaches a log.
package sms
