// SPDX-License-Identifier: GPL-2.0
/*
 * Static variables of functions that other threads need: who comes first makes
 * them, the others wait until they are made. For ../statics.c.
 */
extern "C" {
void statics_work(const void *of);
void statics_config(void);
void statics_logger(void);
void statics_slow(unsigned which);
void statics_registry(void);
}

namespace
{

struct Logger {
	Logger();
	int level;
};

struct Config {
	Config();
	int verbosity;
};

Config &config()
{
	static Config the_config;
	return the_config;
}

Logger &logger()
{
	static Logger the_logger;
	return the_logger;
}

/* Each asks for the other, once whoever plays says that both are being made. */
Config::Config()
{
	statics_work(this);
	verbosity = logger().level;
}

Logger::Logger()
{
	statics_work(this);
	level = config().verbosity;
}

/* Asks for itself. */
struct Registry {
	Registry();
	int entries;
};

Registry &registry()
{
	static Registry the_registry;
	return the_registry;
}

Registry::Registry()
{
	statics_work(this);
	entries = registry().entries;
}

struct Slow {
	Slow() : made(1)
	{
		statics_work(this);
	}
	int made;
};

template <unsigned Which> int slow()
{
	static Slow the_slow;
	return the_slow.made;
}

} // namespace

void statics_config(void)
{
	config();
}

void statics_logger(void)
{
	logger();
}

void statics_registry(void)
{
	registry();
}

void statics_slow(unsigned which)
{
	static int (*const all[])() = {slow<0>, slow<1>, slow<2>, slow<3>, slow<4>,  slow<5>,
				       slow<6>, slow<7>, slow<8>, slow<9>, slow<10>, slow<11>};

	all[which % (sizeof(all) / sizeof(*all))]();
}
