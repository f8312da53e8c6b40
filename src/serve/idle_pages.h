#pragma once

namespace nonvol::serve {

// For a process that has started and will wait for most of its life: gives back the pages of code and
// constants, its own and its libraries', that starting took. What is needed again comes back from the page
// cache, a few microseconds for each piece of it. What was written to stays.
void give_back_idle_pages();

}  // namespace nonvol::serve
