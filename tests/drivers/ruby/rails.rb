# ActiveRecord without the rest of Rails: the same work in several threads, checked, one JSON line a task.
# Each query is the text "select <k> + $1::int".
require 'active_record'
require 'erb'
require 'json'
require 'yaml'

NUMBER = ->(name) { Integer(ENV.fetch("DRIVERS_#{name}")) }
PRINTING = Mutex.new

def report(task, error = nil)
  # As at the top of a stack trace; ActiveRecord's error holds the driver's.
  text = error && "#{error.class}: #{error.message}"
  PRINTING.synchronize { puts JSON.generate(task: task, ok: error.nil?, error: text) }
  $stdout.flush
end

def ask(pool, k, n)
  # With binds and a name ActiveRecord prepares the statement, unless prepared_statements is false.
  bind = ActiveRecord::Relation::QueryAttribute.new('n', n, ActiveRecord::Type::Integer.new)
  value = pool.connection.exec_query("select #{k} + $1::int as v", 'Work', [bind], prepare: pool.connection.prepared_statements)
  value = value.first['v']
  raise "wrong result: #{value} for #{k + n}" unless value == k + n
end

def work(task, pool)
  hot = NUMBER['HOT']
  NUMBER['ROUNDS'].times do |turn|
    pool.with_connection do |connection|
      step = -> { hot.times { |k| ask(pool, k, task * 1000 + turn) } }
      turn.odd? ? connection.transaction(&step) : step.call
    end
  end
  (hot...hot + NUMBER['COLD']).each { |k| pool.with_connection { ask(pool, k, task) } }
end

def load_with(settings)
  pool = ActiveRecord::Base.establish_connection(settings)
  threads = Array.new(NUMBER['TASKS']) do |task|
    Thread.new do
      work(task, pool)
      report(task)
    rescue StandardError => error
      report(task, error)
    end
  end
  threads.each(&:join)
end

def defaults(more = {})
  url = ENV.fetch('DRIVERS_URL')
  { 'adapter' => 'postgresql', 'url' => url, 'pool' => NUMBER['POOL'] }.merge(more)
end

case ARGV.fetch(0)
when 'default' then load_with(defaults)
when 'advised'
  file = File.join(ENV.fetch('DRIVERS_GENERATED'), 'config/database.yml')
  load_with(YAML.safe_load(ERB.new(File.read(file)).result, aliases: true).dig('production', 'primary'))
else
  begin
    pool = ActiveRecord::Base.establish_connection(defaults('connect_timeout' => 5))
    JSON.parse(ENV.fetch('DRIVERS_ONCE')).each { |sql| pool.connection.execute(sql) }
    report(0)
  rescue StandardError => error
    report(0, error)
  end
end
