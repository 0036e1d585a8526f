math.randomseed(tonumber(os.getenv('SEED') or 1)) local n=tonumber(os.getenv('N') or 1000000) local A='0123456789abcdefghjkmnpqrstvwxyz'
local function person(i) local d,t,w,z='',0,2,i while z>0 do local k=z%32 d=A:sub(k+1,k+1)..d t=t+k*w w=w+1 z=math.floor(z/32) end local c=t%31 return 'p-'..d..A:sub(c+1,c+1) end
wrk.method='POST' wrk.headers['Content-Type']='application/json' wrk.headers['Authorization']='Bearer '..os.getenv('TOKEN')
function request() return wrk.format(nil,'/api/v1/cases',nil,'{"program":"cooling-apply","form":"apply","channel":"clerk","applicant":"'..person(math.random(1,n))..'","fields":{}}') end
