package scheduler

// LegalAnswer is what a programme answers to a subpoena, a warrant or another request for records. It names nobody, and
// neither confirms nor denies that somebody takes part (42 CFR 2.13(c)). It says what a valid order needs (42 CFR
// 2.12(d), 2.31 and 2.61 to 2.67). Each text is a paragraph. It is no legal advice.
func LegalAnswer() []string {
	return []string{
		"We have received your request. Federal law (42 CFR part 2) does not allow us to say whether any person is, " +
			"was or was not served here. This answer says neither. It reads the same for every name.",
		"A subpoena, a search warrant or a letter alone does not allow us to disclose anything.",
		"If there are records, they can be disclosed with the written consent of the person they are about. The " +
			"consent has every element of 42 CFR 2.31. A consent for legal proceedings stands alone and is combined " +
			"with no other.",
		"Without such a consent it takes an order of a court under 42 CFR 2.61 to 2.67, together with a subpoena or " +
			"a like mandate. The court makes it after those concerned had notice and could be heard, except as 42 " +
			"CFR 2.66 and 2.67 say. It finds good cause, names what is to be disclosed, limits that to what its " +
			"purpose needs, and limits who receives it.",
		"Records, and testimony about them, may not be used in proceedings against the person without such a " +
			"consent or order (42 CFR 2.12(d)).",
		"Please send a consent or an order to us in writing.",
	}
}
