#include "CLuaEngine.h"
typedef int engine_empty_translation_unit;
