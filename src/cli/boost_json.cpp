// Debian's Boost headers come without the compiled Boost.JSON; its sources are compiled here.
#include <boost/json/src.hpp>
