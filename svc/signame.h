/* svc/signame: signals by name, as people and kill -l write them. */
#ifndef SVC_SIGNAME_H
#define SVC_SIGNAME_H

/* "TERM", "SIGTERM", "term" or "15" (1 to 64). 0 when it is none of them. */
int signame_number(const char *text) __attribute__((warn_unused_result));

/* "TERM", or "signal 37" where there is no name. Good until the next call. */
const char *signame_text(int number);

#endif
