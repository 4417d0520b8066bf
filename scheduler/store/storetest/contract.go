package storetest

import "testing"

// Run proves that a database keeps the contract of desk.Store. url gives a
// fresh, empty database: SQLite or Postgres.
func Run(t *testing.T, url func(testing.TB) string) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, *House)
	}{
		{"every field comes back", everyFieldComesBack},
		{"a new person is kept whole", newPersonIsKept},
		{"contact data changes", contactDataChanges},
		{"only live consents reach", onlyLiveConsentsReach},
		{"another clinic sees nothing", anotherClinicSeesNothing},
		{"the unknown is not found", unknownIsNotFound},
		{"the policy is asked", policyIsAsked},
		{"a stale preview is refused", stalePreviewIsRefused},
		{"a refused change leaves nothing", refusedChangeLeavesNothing},
		{"a change of nothing is none", changeOfNothingIsNone},
		{"two processes see each other", twoProcessesSeeEachOther},
		{"what was told stays", toldStays},
		{"UIDs stay", uidsStay},
		{"newer calendar notices supersede", newerNoticesSupersede},
		{"a notice is one row for ever", noticeIsOneRow},
		{"a task is one row for ever", taskIsOneRow},
		{"the audit says who and what", auditSaysWhoAndWhat},
		{"revisions rise for whom it concerns", revisionsRise},
		{"nobody is evicted", nobodyIsEvicted},
		{"seats beyond the limit are refused by the schema", schemaRefusesSeats},
		{"ended enrollments stay out of the book", endedStayOut},
		{"commitments elsewhere count", commitmentsCount},
		{"personal columns are sealed", personalColumnsAreSealed},
		{"guests come with their homes", guestsComeWithTheirHomes},
		{"seats elsewhere are seats", seatsElsewhereAreSeats},
		{"credit comes along", creditComesAlong},
		{"phases come together", phasesComeTogether},
		{"who came comes", whoCameComes},
		{"the first of a waitlist are known", firstOfTheListAreKnown},
		{"facts are added", factsAreAdded},
		{"leaves follow each other", leavesFollowEachOther},
		{"offers are told", offersAreTold},
		{"who is kept apart", whoIsKeptApart},
		{"leave to lead", leaveToLead},
		{"reasons to lead are kept", reasonsToLeadAreKept},
		{"cohorts are set", cohortsAreSet},
		{"a keyed change happens once", keyedChangesHappenOnce},
		{"a key belongs to one asker", keysBelongToOneAsker},
		{"a key is good for a day", keysAreForgotten},
		{"a refused change keeps no key", refusedChangesKeepNoKey},
		{"a token opens its clinic", tokensOpenTheirClinic},
		{"a token ends, and keeps to its networks", tokensEnd},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, NewHouse(t, url(t)))
		})
	}
}
