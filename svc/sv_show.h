/* svc/sv_show: sv status and sv watch. */
#ifndef SVC_SV_SHOW_H
#define SVC_SV_SHOW_H

/* The present state of these services, or of all. */
void sv_show_status(char **names);

/* One line for each change, until somebody ends it. */
void sv_show_changes(char **names) __attribute__((noreturn));

#endif
