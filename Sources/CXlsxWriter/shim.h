#pragma once
#include <stdio.h>
#include <xlsxwriter.h>

/// workbook_close without what the library prints to standard error: it does so by the C library's own variable. One at a time.
static inline lxw_error niangjia_workbook_close(lxw_workbook *book) {
    FILE *nobody = fopen("/dev/null", "we");
    FILE *kept = stderr;
    if (nobody) stderr = nobody;
    lxw_error code = workbook_close(book);
    stderr = kept;
    if (nobody) fclose(nobody);
    return code;
}
