-- The same request again and again.
dofile("report.lua")
