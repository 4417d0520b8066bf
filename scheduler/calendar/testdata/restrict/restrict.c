/*
 * restrict FILE...: reads each file with libical, checks it against the
 * property tables of RFC 5545 and RFC 5546, and prints every fault on a line
 * of its own. Exit 0: no faults; 1: faults; 2: a file could not be read.
 *
 * restrict --say FILE...: prints for each file, on a line of its own and as a
 * JSON object, what libical says of its one VEVENT. Exit 2 as above.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc((size_t)size + 1, 1);
    size_t got = fread(text, 1, (size_t)size, file);
    fclose(file);
    if (got != (size_t)size) {
        free(text);
        return NULL;
    }
    return text;
}

static int report(const char *path, icalcomponent *component)
{
    int faults = 0;
    icalproperty *fault;
    icalcomponent *child;

    for (fault = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY); fault != NULL;
         fault = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        printf("%s: %s: %s\n", path, icalcomponent_kind_to_string(icalcomponent_isa(component)),
               icalproperty_get_xlicerror(fault));
        faults++;
    }
    for (child = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT); child != NULL;
         child = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        faults += report(path, child);
    return faults;
}

static int check(const char *path)
{
    char *text = slurp(path);
    if (text == NULL) {
        printf("%s: cannot be read\n", path);
        exit(2);
    }
    int faults = 0;
    icalcomponent *root = icalparser_parse_string(text);
    if (root == NULL || icalcomponent_isa(root) != ICAL_VCALENDAR_COMPONENT) {
        printf("%s: not one calendar\n", path);
        faults++;
    } else {
        int legal = icalrestriction_check(root);
        faults = report(path, root);
        if (!legal && faults == 0) {
            printf("%s: breaks a restriction\n", path);
            faults++;
        }
    }
    if (root != NULL)
        icalcomponent_free(root);
    free(text);
    return faults;
}

static void put(const char *separator, const char *name, const char *parameter, const char *value)
{
    printf("%s\"%s%s%s\":\"", separator, name, parameter == NULL ? "" : " ", parameter == NULL ? "" : parameter);
    for (; value != NULL && *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            printf("\\%c", *value);
        else if ((unsigned char)*value < ' ')
            printf("\\u%04x", *value);
        else
            putchar(*value);
    }
    putchar('"');
}

static void put_party(icalcomponent *event, icalproperty_kind kind)
{
    static const char *const parameters[] = {"CUTYPE", "ROLE", "PARTSTAT", "RSVP"};
    icalproperty *party = icalcomponent_get_first_property(event, kind);
    const char *name = icalproperty_kind_to_string(kind);

    if (party == NULL)
        return;
    put(",", name, NULL, kind == ICAL_ORGANIZER_PROPERTY ? icalproperty_get_organizer(party) : icalproperty_get_attendee(party));
    /* asked by its own function, because the one below encodes it anew */
    icalparameter *cn = icalproperty_get_first_parameter(party, ICAL_CN_PARAMETER);
    put(",", name, "CN", cn == NULL ? NULL : icalparameter_get_cn(cn));
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        put(",", name, parameters[i], icalproperty_get_parameter_as_string(party, parameters[i]));
}

static void say(const char *path)
{
    char *text = slurp(path);
    icalcomponent *root = text == NULL ? NULL : icalparser_parse_string(text);
    icalcomponent *event = root == NULL ? NULL : icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT);
    if (event == NULL) {
        printf("%s: not a calendar with a VEVENT\n", path);
        exit(2);
    }
    icalproperty *sequence = icalcomponent_get_first_property(event, ICAL_SEQUENCE_PROPERTY);
    char number[16] = "";
    if (sequence != NULL)
        snprintf(number, sizeof number, "%d", icalproperty_get_sequence(sequence));
    put("{", "METHOD", NULL, icalproperty_method_to_string(icalcomponent_get_method(root)));
    put(",", "UID", NULL, icalcomponent_get_uid(event));
    put(",", "SEQUENCE", NULL, number);
    put(",", "STATUS", NULL, icalproperty_status_to_string(icalcomponent_get_status(event)));
    put(",", "SUMMARY", NULL, icalcomponent_get_summary(event));
    put(",", "DTSTART", NULL, icaltime_as_ical_string(icalcomponent_get_dtstart(event)));
    put(",", "DTEND", NULL, icaltime_as_ical_string(icalcomponent_get_dtend(event)));
    put_party(event, ICAL_ORGANIZER_PROPERTY);
    put_party(event, ICAL_ATTENDEE_PROPERTY);
    printf("}\n");
    icalcomponent_free(root);
    free(text);
}

int main(int argc, char **argv)
{
    int faults = 0;

    icalerror_set_errors_are_fatal(0);
    if (argc > 1 && strcmp(argv[1], "--say") == 0) {
        for (int i = 2; i < argc; i++)
            say(argv[i]);
        return 0;
    }
    for (int i = 1; i < argc; i++)
        faults += check(argv[i]);
    return faults > 0;
}
