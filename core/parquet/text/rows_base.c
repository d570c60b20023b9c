/* The loop over rows with what every processor of the platform has. */
#define ROWS_PRINT rows_print_base
#include "rows.h"
