local seed=tonumber(os.getenv('SEED') or 1) math.randomseed(seed) local f,r=string.format,math.random
function request() return wrk.format('GET',f('/api/v1/stations/nearby?latitude=%.6f&longitude=%.6f&limit=5&within=50000',30.25+(r()-0.5)*0.5396,120.17+(r()-0.5)*0.6246)) end
