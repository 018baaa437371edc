# Shares of answers, several per client: survey 4.1-1, clients as clusters. The numbers are in tests/stats/clustered.rs.
suppressMessages(library(survey))
hits <- c(1,0,2,3,0,5,1,0,4,2); of <- c(4,3,3,6,2,5,7,1,9,2)
d <- data.frame(client=rep(seq_along(of), of), x=unlist(mapply(function(h,n) c(rep(1,h), rep(0,n-h)), hits, of)))
s <- svydesign(ids=~client, weights=~1, data=d)
p <- svyciprop(~x, s, method="logit", df=degf(s))
cat(format(c(p[1], attr(p,"ci"), SE(svymean(~x,s))), digits=15), "\n")
p <- svyciprop(~x, s, method="logit", level=0.9, df=degf(s)); cat(format(attr(p,"ci"),digits=15),"\n")
