#include "guest/record.h"
