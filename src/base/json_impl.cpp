// Boost.JSON is compiled only here.
#include <boost/json/src.hpp>
