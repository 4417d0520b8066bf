/*
 * restrict FILE...: reads each file with libical, checks it against the
 * property tables of RFC 5545 and RFC 5546, and prints every fault on a line
 * of its own. Exit 0: no faults; 1: faults; 2: a file could not be read.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

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

int main(int argc, char **argv)
{
    int faults = 0;

    icalerror_set_errors_are_fatal(0);
    for (int i = 1; i < argc; i++)
        faults += check(argv[i]);
    return faults > 0;
}
