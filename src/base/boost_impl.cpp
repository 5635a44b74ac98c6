// Boost.JSON and Boost.Asio are compiled only here.
#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
