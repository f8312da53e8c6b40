#include "descriptor/descriptor.h"
