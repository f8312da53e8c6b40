#include "guest/home.h"
