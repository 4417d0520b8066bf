package inbound_test

import (
	"strings"
	"testing"

	"almanac/notify/inbound"
)

// Headers as mail servers write them, from the top. The last fields of each are the
// sender's.
func TestInboundBehindRealServers(t *testing.T) {
	t.Parallel()
	const (
		lmtp = "Received: from mx.clinic.example ([192.0.2.1])\r\n\tby store.clinic.example with LMTP\r\n" +
			"\tid kNyKHh7Lc2 (envelope-from <pat@example.net>)\r\n" +
			"\tfor <appointments@clinic.example>; Mon, 30 Nov 2026 10:00:03 +0000\r\n"
		lmtps = "Received: from mx.clinic.example by store.clinic.example (Dovecot) with LMTPSA id X; Mon, 30 Nov " +
			"2026 10:00:03 +0000\r\n"
		smtp = "Received: from out.example.net (out.example.net [203.0.113.7])\r\n" +
			"\tby mx.clinic.example (Postfix) with ESMTPS id 4XYZ\r\n" +
			"\tfor <appointments@clinic.example>; Mon, 30 Nov 2026 10:00:02 +0000 (UTC)\r\n"
		helo = "Received: from x.by.y.with.LMTP (with LMTP [203.0.113.7]) by mx.clinic.example with ESMTP id 4XYZ; " +
			"Mon, 30 Nov 2026 10:00:02 +0000\r\n"
		dkim = "Authentication-Results: mx.clinic.example;\r\n\tdkim=pass (2048-bit key) header.d=example.net " +
			"header.i=@example.net header.b=\"abc\"\r\n"
		dmarc = "Authentication-Results: mx.clinic.example; dmarc=pass (p=reject dis=none) header.from=example.net\r\n"
		fails = "Authentication-Results: mx.clinic.example; dmarc=fail (p=none dis=none) header.from=example.net\r\n"
		path  = "Return-Path: <pat@example.net>\r\nDelivered-To: appointments@clinic.example\r\n"

		hop = "Received: from AM0PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:208::1) by\r\n" +
			" AM0PR01MB0002.eurprd01.prod.outlook.com with HTTPS; " +
			"Mon, 30 Nov 2026\r\n 10:00:04 +0000\r\n"
		edge = "Received: from out.example.net (203.0.113.7) by AM0EUR01FT001.mail.protection.outlook.com " +
			"(10.0.0.1) with Microsoft SMTP Server\r\n" +
			" (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8000.1 via Frontend " +
			"Transport; Mon, 30 Nov 2026 10:00:02 +0000\r\n"
		m365 = "Authentication-Results: spf=pass (sender IP is 203.0.113.7)\r\n" +
			" smtp.mailfrom=example.net; dkim=pass (signature was verified)\r\n" +
			" header.d=example.net;dmarc=pass action=none\r\n header.from=example.net;compauth=pass reason=100\r\n"
		m365fails = "Authentication-Results: spf=fail (sender IP is 203.0.113.7)\r\n" +
			" smtp.mailfrom=example.net; dkim=none (message not signed)\r\n" +
			" header.d=none;dmarc=fail action=quarantine\r\n header.from=example.net;compauth=fail reason=000\r\n"
		guess = "Authentication-Results: spf=pass smtp.mailfrom=example.net; dkim=none " +
			"header.d=none;dmarc=bestguesspass action=none header.from=example.net\r\n"
		arc = "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass; dmarc=pass header.from=example.net\r\n"
	)
	for _, c := range []struct {
		name, server, header string
		want                 bool
	}{
		{"Postfix and milters", ours, path + dkim + dmarc + smtp, true},
		{"behind LMTP", ours, path + lmtp + dkim + dmarc + smtp, true},
		{"behind LMTP twice", ours, path + lmtps + lmtp + dmarc + smtp, true},
		{"below our Received", ours, path + smtp + dmarc, true},
		{"behind LMTP and below our Received", ours, path + lmtp + smtp + dmarc, true},
		{"failed, behind LMTP", ours, path + lmtp + fails + smtp, false},
		{"failed, forged below", ours, path + lmtp + fails + smtp + dmarc, false},
		{"not checked, forged below our Received", ours, path + lmtp + dkim + smtp + dmarc, false},
		{"not checked, forged right below", ours, path + lmtp + smtp + dkim + dmarc, false},
		{"failed, forged below a forged LMTP", ours, path + fails + smtp + lmtp + dmarc, false},
		{"not checked, forged below a forged LMTP", ours, path + dkim + smtp + lmtp + dmarc, false},
		{"not checked, who says hello as LMTP", ours, path + dkim + helo + dmarc, false},
		{"forged without a name", ours, path + smtp + m365, false},

		{"Microsoft 365", inbound.Microsoft365, hop + m365 + edge, true},
		{"Microsoft 365, in capitals", "Microsoft365", hop + m365 + edge + arc, true},
		{"Microsoft 365, failed", inbound.Microsoft365, hop + m365fails + edge, false},
		{"Microsoft 365, failed, forged below", inbound.Microsoft365, hop + m365fails + edge + m365, false},
		{"Microsoft 365, failed, forged right below", inbound.Microsoft365, hop + edge + m365fails + m365, false},
		{"Microsoft 365, guessed", inbound.Microsoft365, hop + guess + edge, false},
		{"Microsoft 365, of another author", inbound.Microsoft365,
			hop + strings.ReplaceAll(m365, "example.net", "evil.example") + edge, false},
		{"Microsoft 365, a name above", inbound.Microsoft365, hop + dmarc + m365 + edge, false},
		{"Microsoft 365, only ARC", inbound.Microsoft365, hop + arc + edge, false},
		{"a name of ours, with the word as name", inbound.Microsoft365,
			hop + "Authentication-Results: microsoft365; dmarc=pass header.from=example.net\r\n" + edge, false},
		{"Microsoft 365, another server asked for", ours, hop + m365 + edge, false},
	} {
		in, err := inbound.Read(strings.NewReader(answer{trace: c.header}.mail()),
			inbound.Options{AuthServID: c.server})
		if err != nil || in.Authentic != c.want || in.Reply.Authentic != c.want {
			t.Errorf("%s: authentic %t, %v", c.name, in.Authentic, err)
		}
	}
}
