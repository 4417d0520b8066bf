package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/sqldb"
)

// loaded is a book and what it was made of, so that the difference can be saved.
type loaded struct {
	book   *scheduler.Book
	people map[scheduler.ID]scheduler.Person // as they were
	apart  [][2]scheduler.ID                 // as they were
	// openings are those of the cohorts, by session, as they were last written.
	openings map[scheduler.ID]map[scheduler.ID]scheduler.EntryPoint
	upkeep   bool
	closed   []civil.DateRange // days of the clinic, as they were
}

// load makes the book of a change. It holds, of each cohort, its sessions (see
// loadSessions for which), the enrollments that live (and the ended ones that are named, that others continue,
// or that still sit in a session that is not over), and their seats; see whole
// for what comes with it. Of people it holds those who own seats, who are named,
// who are pending, and those of each waitlist to whom it may offer seats.
func (t *tx) load(ctx context.Context, clinic scheduler.Clinic, c desk.Change, load desk.Load) (*loaded, error) {
	now := t.db.now()
	undoing, err := t.undoing(ctx, clinic.ID, load.Undo)
	if err != nil {
		return nil, err
	}
	load = withUndone(load, undoing)
	if load, err = t.withTheirs(ctx, clinic.ID, load); err != nil {
		return nil, err
	}
	whole, err := t.wholeBook(ctx, clinic.ID, load, now)
	if err != nil {
		return nil, err
	}
	rosters := whole.rosters
	if err := within(c, load, rosters, undoing, now); err != nil {
		return nil, err
	}
	newcomer, known, err := t.recognized(ctx, clinic, rosters, &load)
	if err != nil {
		return nil, err
	}
	if err := t.rest(ctx, clinic.ID, rosters, now); err != nil {
		return nil, err
	}
	l, err := t.loadAround(ctx, clinic, load, whole, now)
	if err != nil {
		return nil, err
	}
	l.book.Newcomer, l.book.Known, l.book.Undoing = newcomer, known, undoing
	if load.Merge {
		l.book.Merging, err = t.merging(ctx, clinic.ID, load.People[0], load.People[1])
	}
	if load.Erase {
		l.book.Erasing, err = t.erasing(ctx, clinic.ID, load.People[0], now)
	}
	return l, err
}

// withUndone adds what a change to take back had changed to what is loaded.
func withUndone(load desk.Load, undoing *scheduler.Undo) desk.Load {
	if undoing == nil {
		return load
	}
	for _, image := range undoing.Image.Cohorts {
		load.Cohorts = append(load.Cohorts, image.Cohort.ID)
		for _, row := range image.Enrollments {
			load.Enrollments = append(load.Enrollments, row.ID)
		}
	}
	return load
}

// loadAround loads what stands around the rosters of a change: people, staff, openings
// and what they are busy with.
func (t *tx) loadAround(ctx context.Context, clinic scheduler.Clinic, load desk.Load, whole *whole,
	now time.Time) (*loaded, error) {
	rosters := whole.rosters
	l := &loaded{people: map[scheduler.ID]scheduler.Person{},
		openings: map[scheduler.ID]map[scheduler.ID]scheduler.EntryPoint{}, upkeep: load.Upkeep}
	cohorts := make([]scheduler.ID, len(rosters))
	for i, r := range rosters {
		cohorts[i] = r.Cohort.ID
	}
	who := bookPeople(rosters, namedPeople(rosters, load))
	staff := leaders(rosters, load)
	people, err := t.people(ctx, clinic.ID, who)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(load.People, func(id scheduler.ID) bool { return people[id] == nil }) {
		return nil, notFound("There is no such person. Choose them from the list, or enter them as new.")
	}
	merged := func(id scheduler.ID) bool { return people[id].MergedInto != "" }
	if !load.Merge && !load.Erase && slices.ContainsFunc(load.People, merged) {
		return nil, scheduler.MergedAlready()
	}
	erased := func(id scheduler.ID) bool { return people[id].Erased }
	if !load.Erase && slices.ContainsFunc(load.People, erased) {
		return nil, scheduler.ErasedAlready()
	}
	if err := t.checkStaff(ctx, clinic.ID, load.Staff); err != nil {
		return nil, err
	}
	if err := t.openingsOf(ctx, l, clinic.ID, cohorts, whole); err != nil {
		return nil, err
	}
	busy, err := t.commitments(ctx, clinic.ID, cohorts, who, staff, now)
	if err != nil {
		return nil, err
	}
	taken, err := t.equipmentTaken(ctx, clinic.ID, rosters, load.Equipment)
	if err != nil {
		return nil, err
	}
	for id, p := range people {
		l.people[id] = *p
	}
	l.book = scheduler.NewBook(clinic, now, t.db.zones, rosters, people, append(busy, taken...))
	l.closed = l.book.Clinic.Closed
	l.book.VideoHosts = t.db.videoHosts
	if l.book.NameMeeting, err = t.meetingNames(ctx, clinic.ID); err != nil {
		return nil, err
	}
	if l.book.Staff, err = t.facilitators(ctx, clinic.ID, staff); err != nil {
		return nil, err
	}
	if load.Merge || whole.pairs() || len(rosters) == 0 && len(load.People) > 1 {
		l.book.KeptApart, err = t.keptApart(ctx, clinic.ID, people)
	}
	l.apart = slices.Clone(l.book.KeptApart)
	return l, err
}

// openingsOf reads the openings of cohorts as they were last written.
func (t *tx) openingsOf(ctx context.Context, l *loaded, clinic scheduler.ID, cohorts []scheduler.ID,
	whole *whole) (err error) {
	for _, cohort := range cohorts {
		if !whole.rare[cohort].openings {
			continue
		}
		if l.openings[cohort], err = t.writtenOpenings(ctx, clinic, cohort); err != nil {
			return err
		}
	}
	return nil
}

// parts are ids by which a Load names the cohorts they belong to.
type parts struct {
	ids            []scheduler.ID
	query, missing string
}

func byTheirParts(load desk.Load) []parts {
	return []parts{
		{load.Sessions, "SELECT cohort FROM sessions WHERE clinic = ? AND id = ?",
			"There is no such session. Choose one on the page of its cohort."},
		{load.Enrollments, "SELECT cohort FROM enrollments WHERE clinic = ? AND id = ?",
			"There is no such enrollment. Choose one on the page of its cohort."},
	}
}

// cohortsToLoad gives the cohorts that a Load names, by themselves or through
// one of their sessions or enrollments; each once.
func (t *tx) cohortsToLoad(ctx context.Context, clinic scheduler.ID, load desk.Load) ([]scheduler.ID, error) {
	cohorts := slices.Clone(load.Cohorts)
	if load.Running {
		running, err := t.runningCohorts(ctx, clinic)
		if err != nil {
			return nil, err
		}
		cohorts = append(cohorts, running...)
	}
	slices.Sort(cohorts)
	cohorts = slices.Compact(cohorts)
	for _, by := range byTheirParts(load) {
		for _, id := range by.ids {
			var cohort scheduler.ID
			err := t.Row(ctx, by.query, clinic, id).Scan(&cohort)
			if sqldb.IsNoRows(err) {
				return nil, notFound("%s", by.missing)
			}
			if err != nil {
				return nil, fmt.Errorf("looking for what to load: %w", err)
			}
			if !slices.Contains(cohorts, cohort) {
				cohorts = append(cohorts, cohort)
			}
		}
	}
	return cohorts, nil
}

// namedPeople lists the people that the book needs besides the owners of seats: those named
// in the load, those of named, ended or pending enrollments, and the first of each waitlist.
func namedPeople(rosters []*scheduler.Roster, load desk.Load) []scheduler.ID {
	named := slices.Clone(load.People)
	for _, r := range rosters {
		for _, e := range r.FirstWaiting() {
			named = append(named, e.Person)
		}
		for _, e := range r.Enrollments {
			waits := load.Waitlist && e.State == scheduler.Waiting
			if waits || e.State == scheduler.Pending || !e.State.Live() || slices.Contains(load.Enrollments, e.ID) {
				named = append(named, e.Person)
			}
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// leaders lists the facilitators whose other sessions count.
func leaders(rosters []*scheduler.Roster, load desk.Load) []scheduler.ID {
	set := map[scheduler.ID]bool{}
	for _, id := range load.Staff {
		set[id] = true
	}
	for _, r := range rosters {
		set[r.Cohort.Lead] = true
		for _, id := range r.Cohort.Rotation {
			set[id] = true
		}
		for _, s := range r.Sessions {
			set[s.Leader] = true
		}
	}
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}
