// Distances and areas on integer microdegrees: the same metres on every machine. The host has verified the frame.
#include "engine.h"

typedef struct {
    int64_t lat, lon; // microdegrees
} Point;

static Point check_point(lua_State *L, int index, int argument, const char *function, const char *name) {
    Point p = {0, 0};
    int top = lua_gettop(L);
    index = lua_absindex(L, index);
    int fine = lua_type(L, index) == LUA_TTABLE;
    if (fine) {
        lua_getfield(L, index, "lat");
        lua_getfield(L, index, "lon");
        fine = lua_isinteger(L, -2) && lua_isinteger(L, -1);
        p = (Point){lua_tointeger(L, -2), lua_tointeger(L, -1)};
    }
    lua_settop(L, top);
    if (!fine || p.lat < -90000000 || p.lat > 90000000 || p.lon < -180000000 || p.lon > 180000000)
        fail_argument(L, argument, function, name, "坐标 {lat, lon}(百万分之一度)", "a point {lat, lon} in microdegrees");
    return p;
}

/// cos of microdegrees in units of 2^-40, by its series in integers; off by less than 10^-8 between the poles.
static int64_t cosine(int64_t microdegrees) {
    const __int128 one = (__int128)1 << 40;
    __int128 x = (__int128)microdegrees * 1919009806865 / 100000000; // times pi / 180,000,000 * 2^40
    __int128 square = x * x / one, term = one, sum = one;
    for (int k = 1; k <= 8; k++) {
        term = -term * square / one / ((2 * k - 1) * (2 * k));
        sum += term;
    }
    return (int64_t)sum;
}

static uint64_t square_root(unsigned __int128 v) {
    uint64_t root = 0;
    for (int bit = 62; bit >= 0; bit--) {
        uint64_t trial = root | (uint64_t)1 << bit;
        if ((unsigned __int128)trial * trial <= v) root = trial;
    }
    return root;
}

/// geo.metres(a, b): on the plane of their middle latitude, mean radius 6,371,008.8 m; within 0.1 % across a province.
static int geo_metres(lua_State *L) {
    Point a = check_point(L, 1, 1, "geo.metres", "from"), b = check_point(L, 2, 2, "geo.metres", "to");
    int64_t dlat = a.lat - b.lat, dlon = a.lon - b.lon;
    if (dlon > 180000000) dlon -= 360000000;
    if (dlon < -180000000) dlon += 360000000;
    __int128 x = (__int128)dlon * cosine((a.lat + b.lat) / 2) / (1 << 30), y = (__int128)dlat * 1024; // in 1/1024 microdegree
    uint64_t distance = square_root((unsigned __int128)(x * x) + (unsigned __int128)(y * y));
    int overflow = 0;
    lua_pushinteger(L, divide_half_up((__int128)distance * 1111950797, (__int128)10000000000 * 1024, &overflow));
    return 1;
}

static int on_segment(Point p, Point a, Point b, __int128 cross) {
    return cross == 0 && p.lat >= (a.lat < b.lat ? a.lat : b.lat) && p.lat <= (a.lat > b.lat ? a.lat : b.lat) &&
           p.lon >= (a.lon < b.lon ? a.lon : b.lon) && p.lon <= (a.lon > b.lon ? a.lon : b.lon);
}

/// area.within(point, area): an area is a list of corners; its border is inside.
static int area_within(lua_State *L) {
    Point p = check_point(L, 1, 1, "area.within", "point");
    lua_settop(L, 2);
    int64_t count = check_list(L, 2, "area.within", "area"); // 3
    if (count < 3) return fail(L, "area.within:区域至少要有三个角点", "area.within: an area has at least three corners");
    int inside = 0;
    lua_rawgeti(L, 3, count);
    Point a = check_point(L, -1, 2, "area.within", "area");
    for (int64_t i = 1; i <= count; i++) {
        charge(L, 2);
        lua_settop(L, 3);
        lua_rawgeti(L, 3, i);
        Point b = check_point(L, -1, 2, "area.within", "area");
        __int128 cross = (__int128)(b.lon - a.lon) * (p.lat - a.lat) - (__int128)(b.lat - a.lat) * (p.lon - a.lon);
        if (on_segment(p, a, b, cross)) {
            lua_pushboolean(L, 1);
            return 1;
        }
        if ((a.lat > p.lat) != (b.lat > p.lat) && (cross > 0) == (b.lat > a.lat)) inside = !inside;
        a = b;
    }
    lua_pushboolean(L, inside);
    return 1;
}

void open_places(lua_State *L, int environment) {
    static const luaL_Reg geo[] = {{"metres", geo_metres}, {NULL, NULL}};
    static const luaL_Reg area[] = {{"within", area_within}, {NULL, NULL}};
    add_library(L, environment, "geo", geo);
    add_library(L, environment, "area", area);
}
